import { counted } from '../counted.ts';
import { asRecord, isCount, isFlag, isId, isText, OptionalMembers, parseRecord } from './documented.ts';

/** What the outcome rests on: a manifest in which one of these is no number of files proves nothing. */
const FILE_COUNTERS = [
  'numberOfScannedFiles',
  'numberOfImportedFiles',
  'numberOfFilesWithCustomerError',
  'numberOfFilesWithServerError',
] as const;
/** Documented, but nothing is read from them. */
const OTHER_TEXTS = ['outputS3Uri', 'successOutputS3Uri', 'failureOutputS3Uri', 'warningsOutputS3Uri'];

/** What a job did to an image set; each member where the manifest has it. */
export interface ImageSet {
  readonly imageSetId: string;
  readonly version?: number;
  readonly isPrimary?: boolean;
  /** SOP instances that the job put into it. */
  readonly instances?: number;
}

/**
 * `jobSummary` of `job-output-manifest.json`. Everything that some copy of the documentation or some real manifest
 * lacks is optional (docs/healthimaging.md#6-job-manifest).
 */
export interface JobSummary extends Readonly<Partial<Record<(typeof FILE_COUNTERS)[number], number>>> {
  readonly jobId?: string;
  readonly datastoreId?: string;
  /** The prefix that the job read: it can identify a patient. */
  readonly inputS3Uri?: string;
  readonly numberOfGeneratedImageSets?: number;
  readonly imageSetsSummary?: readonly ImageSet[];
  /** What is not of the documented type and was left out: names and counts only. */
  readonly discrepancies?: readonly string[];
}

/**
 * The largest `job-output-manifest.json` that is read, for it is read whole: of {@link MAX_MANIFEST_VALUES} values, which are
 * 60,000 image sets. A job has 5,000 files unless AWS raises that (docs/healthimaging.md#6-job-manifest).
 */
export const MAX_MANIFEST_BYTES = 8 * 1024 * 1024;
const MAX_MANIFEST_VALUES = 300_000;

/** Parses `job-output-manifest.json`; undefined where it is not one, or is too large. */
export function parseJobManifest(text: string): JobSummary | undefined {
  if (holdsMoreThan(MAX_MANIFEST_VALUES, text)) return undefined;
  const summary = asRecord(parseRecord(text)?.jobSummary);
  if (!summary || FILE_COUNTERS.some((name) => summary[name] !== undefined && !isCount(summary[name]))) {
    return undefined;
  }
  const members = new OptionalMembers();
  const parsed = {
    jobId: members.read(summary.jobId, 'jobId', isText),
    datastoreId: members.read(summary.datastoreId, 'datastoreId', isText),
    inputS3Uri: members.read(summary.inputS3Uri, 'inputS3Uri', isText),
    ...Object.fromEntries(FILE_COUNTERS.map((name) => [name, summary[name]])),
    numberOfGeneratedImageSets: members.read(
      summary.numberOfGeneratedImageSets,
      'numberOfGeneratedImageSets',
      isCount,
    ),
  };
  const list = members.read(summary.imageSetsSummary, 'imageSetsSummary', (value) => Array.isArray(value));
  for (const name of OTHER_TEXTS) members.read(summary[name], name, isText);
  const sets = list && readImageSets(list);
  const discrepancies = [
    ...Object.keys(members.odd() ?? {}).map((name) => `${name} is not of the documented type`),
    ...(sets?.discrepancies ?? []),
  ];
  return withoutAbsent({
    ...parsed,
    imageSetsSummary: sets?.imageSets,
    discrepancies: discrepancies.length > 0 ? discrepancies : undefined,
  });
}

function readImageSets(list: readonly unknown[]): { imageSets: ImageSet[]; discrepancies: string[] } {
  const members = new OptionalMembers();
  const imageSets: ImageSet[] = [];
  for (const entry of list) {
    const record = asRecord(entry);
    if (!record || !isId(record.imageSetId)) continue;
    const isPrimary = members.read(record.isPrimary, 'isPrimary', isFlag);
    const version = members.read(record.imageSetVersion, 'imageSetVersion', isCount);
    const instances = members.read(
      record.numberOfMatchedSOPInstances,
      'numberOfMatchedSOPInstances',
      isCount,
    );
    imageSets.push({
      imageSetId: record.imageSetId,
      ...(version !== undefined && { version }),
      ...(isPrimary !== undefined && { isPrimary }),
      ...(instances !== undefined && { instances }),
    });
  }
  const unread = list.length - imageSets.length;
  const entries = (count: number) => `${counted(count, 'entry', 'entries')} of imageSetsSummary`;
  return {
    imageSets,
    discrepancies: [
      ...(unread > 0 ? [`${entries(unread)} cannot be read`] : []),
      ...Object.entries(members.odd() ?? {}).map(
        ([name, count]) => `${name} of ${entries(count)} is not of the documented type`,
      ),
    ],
  };
}

/** Whether a text of JSON has more values than so many: parsed, each takes many times the memory of its text. */
function holdsMoreThan(values: number, text: string): boolean {
  let left = values;
  for (const _ of text.matchAll(/[,[{]/g)) if (--left < 0) return true;
  return false;
}

function withoutAbsent(members: Readonly<Record<string, unknown>>): JobSummary {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
