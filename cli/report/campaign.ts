import type { CampaignReport } from '../../core/contract/campaign.ts';
import type { Expectation } from '../../core/domain/campaign/campaign.ts';
import { campaignJob } from '../../core/domain/campaign/campaign-job.ts';
import type { LedgerRow } from '../../core/domain/campaign/ledger.ts';
import { counted } from '../../core/domain/counted.ts';
import { jsonText, oneLine } from '../../core/domain/text.ts';
import type { S3Location } from '../../core/domain/verdict/manifest-location.ts';
import { hasEnded } from '../../core/domain/watch/import-job.ts';
import { isMissingBucket, s3Place } from '../aws/bucket.ts';
import { type Aws, connect } from '../aws/connect.ts';
import { CliError, usageError } from '../errors.ts';
import { OUTCOME_STATUS } from '../exit-status.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { color, paragraph, print, tell } from '../terminal/output.ts';
import { type Counting, countingOf } from '../terminal/progress.ts';
import { type CampaignOptions, checkOptions, readInputs } from './campaign-options.ts';
import { campaignText } from './campaign-text.ts';
import { type DataStore, jobsBelow, readDataStore } from './data-store.ts';
import { foldersInS3, foldersOnDisk, type JobFolders } from './job-folders.ts';
import { writeLedger } from './ledger-csv.ts';
import { ReadCampaign } from './read-campaign.ts';
import { intoFile, refuseExisting, type Sink, standardOutput } from './sink.ts';

/** Where the job folders are: a prefix of S3, whose key is empty or ends with a slash, or a folder. */
type Place = { readonly prefix: S3Location; readonly folder?: undefined } | { readonly folder: string };

/** Prints one report on all job folders below a place. */
export async function reportCampaign(where: string, options: CampaignOptions): Promise<number> {
  checkOptions(options);
  const place = placeOf(where);
  const { output, force, datastoreId, expect } = options;
  if (output !== undefined) await refuseExisting(output, force);
  const inputs = options.inputs === undefined ? undefined : await readInputs(options.inputs);
  const needsAws = place.folder === undefined || datastoreId !== undefined;
  const aws = needsAws ? await connect(options) : undefined;
  const dataStore = aws && (await readDataStore(aws, options));
  const read = new ReadCampaign({
    since: options.since,
    until: options.until,
    named: options.jobName !== undefined,
    dataStore,
    files: options.format === 'csv' || options.failures,
    ...(inputs && { inputs }),
  });
  try {
    const folders = await foldersOf(place, aws);
    await readAll(read, folders);
    if (aws && dataStore && place.folder === undefined) {
      await addWithoutFolders(read, aws, dataStore, place.prefix, options);
    }
    if (read.campaign.jobs === 0) throw nothing(where, read, options);
    const expectation = expectationOf(read, expect, inputs, dataStore);
    const report = read.campaign.result(Date.now(), { expectation, location: where });
    report.jobs.repeated = read.repeated;
    if (read.nameless > 0) {
      tell(
        `Left out: ${counted(read.nameless, 'job folder')} of jobs that HealthImaging does not list any more. Their names are not known.`,
      );
    }
    const sink = output === undefined ? standardOutput : await intoFile(output, force);
    try {
      await PRINTERS[options.format](report, read, sink, options);
    } catch (error) {
      await sink.discard();
      throw error;
    }
    await sink.close();
    if (options.format === 'csv' || options.failures) {
      tell('Keys of files can identify patients: keep them as you keep patient data.');
    }
    return OUTCOME_STATUS[report.outcome];
  } finally {
    read.close();
  }
}

function placeOf(where: string): Place {
  if (!where.startsWith('s3://')) return { folder: where };
  const place = s3Place(where);
  if (!place) throw usageError(`Got ${oneLine(where)}. Expected s3://bucket/prefix/ or a folder.`);
  const { bucket, key } = place;
  return { prefix: { bucket, key: key === '' || key.endsWith('/') ? key : `${key}/` } };
}

async function foldersOf(place: Place, aws: Aws | undefined): Promise<JobFolders> {
  if (place.folder !== undefined) return foldersOnDisk(place.folder);
  const client = (aws as Aws).s3ForMany();
  // An error that says so: a list of a bucket that is not there has only the status.
  if (await isMissingBucket(client, place.prefix.bucket)) {
    throw new CliError(`There is no bucket ${oneLine(place.prefix.bucket)}.`);
  }
  return foldersInS3(client, place.prefix);
}

async function readAll(read: ReadCampaign, folders: JobFolders): Promise<void> {
  const counting = countingOf('job folders');
  let done = 0;
  onInterrupt(() => {
    counting.stop();
    return `Stopped after ${counted(done, 'job folder')}. Nothing was changed or kept: run the same command again, which reads from the beginning. To read in parts, use --since and --until.`;
  });
  // What is wrong with the list is said by who reads it.
  countAll(folders, counting).catch(() => {});
  try {
    await read.read(folders, {
      ...counting,
      done(count) {
        done = count;
        counting.done(count);
      },
    });
  } finally {
    counting.stop();
    onInterrupt(undefined);
  }
}

async function countAll(folders: JobFolders, counting: Counting): Promise<void> {
  let all = 0;
  for await (const count of folders.count()) {
    all = count;
    counting.total(count, false);
  }
  counting.total(all, true);
}

/** Jobs that ended and wrote nothing below the prefix, although it is theirs. */
async function addWithoutFolders(
  read: ReadCampaign,
  aws: Aws,
  { jobs, isWanted }: DataStore,
  { bucket, key }: S3Location,
  { since = 0, until = Number.POSITIVE_INFINITY }: CampaignOptions,
): Promise<void> {
  const left = [...jobs.values()].filter((job) => {
    const { datastoreId, jobId, jobStatus, endedAt = since } = job;
    const isAsked = isWanted(job) && endedAt >= since && endedAt < until;
    return isAsked && hasEnded(jobStatus) && !read.ids.has(`${datastoreId}/${jobId}`);
  });
  for await (const job of jobsBelow(aws, left, `s3://${bucket}/${key}`)) {
    read.addWithoutFolder(campaignJob(job, { kind: 'unavailable', reason: 'MANIFEST_MISSING' }));
  }
}

function expectationOf(
  read: ReadCampaign,
  expect: number | undefined,
  inputs: readonly string[] | undefined,
  dataStore: DataStore | undefined,
): Expectation | undefined {
  const running = dataStore && { running: dataStore.running };
  if (expect !== undefined) return { expected: expect, ...running };
  if (inputs) {
    const expected = inputs.length;
    return { ended: expected - read.unreadInputs.size, expected, ...running };
  }
  return dataStore && { expected: read.campaign.jobs + dataStore.running, ...running };
}

function nothing(where: string, { nameless }: ReadCampaign, options: CampaignOptions): CliError {
  const filters = [options.since, options.until, options.jobName].some((each) => each !== undefined);
  const left = nameless > 0 ? ` HealthImaging does not list ${counted(nameless, 'job')} there any more.` : '';
  return new CliError(
    filters
      ? `No job folder below ${oneLine(where)} is of such a job.${left}`
      : `There is no job folder below ${oneLine(where)}. HealthImaging names them <data store>-DicomImport-<job>.`,
  );
}

type Printer = (
  report: CampaignReport,
  read: ReadCampaign,
  sink: Sink,
  options: CampaignOptions,
) => Promise<void>;

const PRINTERS: Readonly<Record<CampaignOptions['format'], Printer>> = {
  async table(report, read, sink, { failures }) {
    print(campaignText(report));
    if (!failures) return;
    print(`\n${color.bold('Rejected files')}`);
    for (const { key = '', reason, message, jobId, supersededBy } of refused(read)) {
      // To be copied: whole.
      await sink.write(`  ${oneLine(key)}\n`);
      const later = supersededBy ? `; read again by ${supersededBy}` : '';
      await sink.write(`${paragraph(oneLine(`${reason}: ${message} (job ${jobId}${later})`), '    ')}\n`);
    }
  },
  async json(report, read, sink, { failures }) {
    const head = jsonText(report, 2);
    if (!failures) return sink.write(`${head}\n`);
    await sink.write(`${head.slice(0, -2)},\n  "failedFiles": [`);
    let separator = '\n    ';
    for (const { key: file, reason, message, datastoreId, jobId, retryable, supersededBy } of refused(read)) {
      const failed = { datastoreId, jobId, file, exceptionType: reason, message, retryable, supersededBy };
      await sink.write(`${separator}${jsonText(failed)}`);
      separator = ',\n    ';
    }
    await sink.write(`\n  ]\n}\n`);
  },
  csv: (_, read, sink) => writeLedger(allRows(read), sink),
};

function* refused(read: ReadCampaign): Generator<LedgerRow> {
  for (const rows of read.files()) for (const row of rows) if (row.status === 'refused') yield row;
}

function* allRows(read: ReadCampaign): Generator<LedgerRow> {
  for (const rows of read.files()) yield* rows;
  yield* read.rest();
}
