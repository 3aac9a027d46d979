import { oneLine } from '../../core/domain/text.ts';
import { usageError } from '../errors.ts';
import { OUTCOME_STATUS } from '../exit-status.ts';
import type { AwsOptions } from '../options.ts';
import { recordText } from '../terminal/import-record.ts';
import { color, paragraph, print } from '../terminal/output.ts';
import { standardOutput, writeJson } from '../terminal/sink.ts';
import type { CampaignFormat } from './campaign-options.ts';
import { csvLine, csvRow } from './csv.ts';
import { failedFiles } from './failed-files.ts';
import { type Read, readJob, readManifest } from './read.ts';

/** How the verdict of one job is printed. */
type Format = Exclude<CampaignFormat, 'html'>;

export interface ReportOptions extends AwsOptions {
  readonly datastoreId?: string;
  readonly jobId?: string;
  /** `s3://bucket/prefix` or a folder. */
  readonly manifest?: string;
  readonly failures?: boolean;
  readonly format: CampaignFormat;
  readonly json?: boolean;
  readonly output?: string;
  readonly force?: boolean;
  readonly expect?: number;
  readonly inputs?: string;
  readonly since?: number;
  readonly until?: number;
  readonly jobName?: string;
  readonly reconcile?: boolean;
}

/** The options that are about many jobs, by their flags. */
const OF_CAMPAIGN = {
  output: '--output',
  force: '--force',
  expect: '--expect',
  inputs: '--inputs',
  since: '--since',
  until: '--until',
  jobName: '--job-name',
  reconcile: '--reconcile',
} as const;

/**
 * Prints the verdict of an import that has ended, or of many.
 * @param where - what holds the folders of many.
 */
export async function run(options: ReportOptions, where?: string): Promise<number> {
  const { format, json, force = false, failures = false, jobId, manifest, ...others } = options;
  if (where !== undefined) {
    if (jobId !== undefined || manifest !== undefined) {
      throw usageError('Name one job with options, or many by the place of their folders, not both.');
    }
    const { reportCampaign } = await import('./campaign.ts');
    return reportCampaign(where, { ...others, format: json ? 'json' : format, force, failures });
  }
  const wrong = Object.entries(OF_CAMPAIGN).find(
    ([name]) => options[name as keyof ReportOptions] !== undefined,
  );
  if (wrong) {
    throw usageError(
      `${wrong[1]} is for many jobs. Name the place of their folders, such as s3://bucket/prefix/.`,
    );
  }
  const how = json ? 'json' : format;
  if (how === 'html') {
    throw usageError(
      '--format html is for many jobs. Name the place of their folders, such as s3://bucket/prefix/.',
    );
  }
  const read = await readWhat(options);
  await PRINTERS[how](read, failures);
  return OUTCOME_STATUS[read.record.outcome];
}

function readWhat(options: ReportOptions): Promise<Read> {
  const { datastoreId, jobId, manifest } = options;
  if (manifest !== undefined && !datastoreId && !jobId) return readManifest(manifest, options);
  if (manifest === undefined && datastoreId && jobId) return readJob({ datastoreId, jobId }, options);
  throw usageError(
    'Name a job with both --datastore-id and --job-id, or its manifests with only --manifest.',
  );
}

const PRINTERS: Readonly<Record<Format, (read: Read, failures: boolean) => Promise<void>>> = {
  async table({ record, open }, failures) {
    print(recordText(record));
    if (!failures) return;
    print(`\n${color.bold('Rejected files')}`);
    for await (const { file, exceptionType, message } of failedFiles(open)) {
      // To be copied: whole.
      await standardOutput.write(`  ${oneLine(file)}\n`);
      await standardOutput.write(`${paragraph(oneLine(`${exceptionType}: ${message}`), '    ')}\n`);
    }
  },
  async json({ record, open }, failures) {
    await writeJson(standardOutput, record, failures ? { failedFiles: failedFiles(open) } : {});
  },
  async csv({ record, open }, failures) {
    if (!failures) {
      const row = csvRow(record);
      print(csvLine(Object.keys(row)));
      print(csvLine(Object.values(row)));
      return;
    }
    print(csvLine(['file', 'exceptionType', 'message']));
    for await (const { file, exceptionType, message } of failedFiles(open)) {
      await standardOutput.write(`${csvLine([file, exceptionType, message])}\n`);
    }
  },
};
