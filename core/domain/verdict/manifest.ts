import * as z from 'zod/mini';
import type { FailureReason, WarningCount } from '../../contract/events.ts';
import type { UnverifiedReason } from '../../contract/names.ts';
import { maskMessage } from './mask.ts';
import { isDocumented, warningMeaning } from './warning-codes.ts';

/** What is more is no number of files: sums of such numbers would be no integers any more. */
const MAX_COUNTER = 1e12;
const counter = z.optional(z.int().check(z.nonnegative(), z.maximum(MAX_COUNTER)));

interface ImageSet {
  readonly imageSetId: string;
  readonly isPrimary?: boolean | undefined;
}

/** By hand: a schema would keep a problem for each of a million that are wrong. */
const imageSets = z.pipe(
  z.custom<readonly ImageSet[]>((value) => Array.isArray(value) && value.every(isImageSet)),
  z.transform((sets) =>
    sets.map(
      ({ imageSetId, isPrimary }): ImageSet =>
        isPrimary === undefined ? { imageSetId } : { imageSetId, isPrimary },
    ),
  ),
);

/**
 * `jobSummary` of `job-output-manifest.json`. Everything that some copy of the documentation or some real manifest
 * lacks is optional (docs/healthimaging.md#6-job-manifest).
 */
const manifestSchema = z.object({
  jobSummary: z.object({
    jobId: z.optional(z.string()),
    datastoreId: z.optional(z.string()),
    numberOfScannedFiles: counter,
    numberOfImportedFiles: counter,
    numberOfFilesWithCustomerError: counter,
    numberOfFilesWithServerError: counter,
    numberOfGeneratedImageSets: counter,
    imageSetsSummary: z.optional(imageSets),
  }),
});

/** `jobSummary` of `job-output-manifest.json`. */
export type JobSummary = z.infer<typeof manifestSchema>['jobSummary'];

/**
 * The largest `job-output-manifest.json` that is read, for it is read whole: of {@link MAX_MANIFEST_VALUES} values, which are
 * 60,000 image sets. A job has 5,000 files unless AWS raises that (docs/healthimaging.md#6-job-manifest).
 */
export const MAX_MANIFEST_BYTES = 8 * 1024 * 1024;
const MAX_MANIFEST_VALUES = 300_000;

/** Parses `job-output-manifest.json`; undefined where it is not one, or is too large. */
export function parseJobManifest(text: string): JobSummary | undefined {
  if (holdsMoreThan(MAX_MANIFEST_VALUES, text)) return undefined;
  try {
    return manifestSchema.safeParse(JSON.parse(text)).data?.jobSummary;
  } catch {
    return undefined;
  }
}

/** Whether a text of JSON has more values than so many: parsed, each takes many times the memory of its text. */
function holdsMoreThan(values: number, text: string): boolean {
  let left = values;
  for (const _ of text.matchAll(/[,[{]/g)) if (--left < 0) return true;
  return false;
}

/** What the lines of one ndjson file add up to. */
export interface FileTally {
  /** Lines that are what they should be. */
  readonly lines: number;
  /** Lines that are not: cut off, or not of the documented shape. */
  readonly malformed: number;
  /** Set where the file is there but could not be read. */
  readonly unreadable?: 'forbidden';
}

export interface SuccessTally extends FileTally {
  /** Ids of the image sets that conflict with an existing primary one. */
  readonly nonPrimaryImageSets: ReadonlySet<string>;
  /** Set where there are more of them than are kept. */
  readonly moreNonPrimary?: true;
}
export interface FailureTally extends FileTally {
  /** Most frequent first. */
  readonly reasons: readonly FailureReason[];
}
export interface WarningTally extends SuccessTally {
  /** Most frequent first. */
  readonly codes: readonly WarningCount[];
}

/** All that the manifests say, or why they say nothing. */
export type ManifestReading =
  | { readonly kind: 'unavailable'; readonly reason: UnverifiedReason }
  | {
      readonly kind: 'read';
      readonly summary: JobSummary;
      readonly success: SuccessTally;
      readonly failure: FailureTally;
      readonly warning: WarningTally;
    };

/**
 * Adds up lines one by one, so that memory does not grow with the file. Lines are narrowed by hand, not by a schema:
 * there can be a million.
 */
export interface Tallier<Tally extends FileTally> {
  /** Never throws, whatever the line holds. */
  add(line: string): void;
  result(): Tally;
}

/** Distinct groups kept in memory; what comes after is counted together under {@link OTHER_MESSAGES}, by its type. */
const MAX_DISTINCT_REASONS = 1000;
export const OTHER_MESSAGES = '(other messages)';
/** Types of which other messages are counted apart; those of further types are counted together. */
const MAX_OTHER_TYPES = 100;
export const OTHER_TYPES = '(other types)';
/** S3 keys that are kept of the files of one reason. */
const MAX_SAMPLE_FILES = 3;
/** S3 has none that is longer. */
const MAX_KEY_LENGTH = 1024;
/** The longest message that is remembered as it was said. */
const MAX_SAID_LENGTH = 512;
/** Ids of image sets that are kept: four times as many as a job has files, unless AWS raises that. */
const MAX_IMAGE_SETS = 20_000;
/** HealthImaging's ids have 32 characters. */
const MAX_ID_LENGTH = 64;
/** Codes without documentation that are counted apart; what comes after counts as without a code. */
const MAX_UNKNOWN_CODES = 1000;
/** No code of HealthImaging: a warning without a number still counts. */
const NO_CODE = -1;

export function tallySuccess(): Tallier<SuccessTally> {
  const nonPrimary = imageSetIds();
  return tallier(
    (record) => {
      const response = member(record, 'importResponse');
      if (!isId(response?.imageSetId)) return false;
      if (response?.isPrimary === false) nonPrimary.add(response.imageSetId);
      return true;
    },
    (tally) => ({ ...tally, ...nonPrimary.result() }),
  );
}

export function tallyFailure(): Tallier<FailureTally> {
  const reasons = new Map<string, Reason>();
  // By what lines say: to mask a message takes longer than to read its line, and most lines say what others said.
  const said = new Map<string, { type: string; reason: Reason }>();
  return tallier(
    (record) => {
      const failure = failureOf(record);
      if (!failure) return false;
      const { exceptionType: type, message, inputFile } = failure;
      let known = said.get(message);
      if (!known || known.type !== type) {
        known = { type, reason: group(reasons, maskMessage(type), maskMessage(message)) };
        const isShort = type.length <= MAX_SAID_LENGTH && message.length <= MAX_SAID_LENGTH;
        if (isShort && said.size < MAX_DISTINCT_REASONS) said.set(message, known);
      }
      const { reason } = known;
      reason.count++;
      if (
        inputFile !== undefined &&
        inputFile.length <= MAX_KEY_LENGTH &&
        reason.sampleFiles.length < MAX_SAMPLE_FILES
      ) {
        reason.sampleFiles.push(inputFile);
      }
      return true;
    },
    (tally) => ({ ...tally, reasons: mostFrequentFirst(reasons.values()) }),
  );
}

/** What a line of failure.ndjson says, as it stands there. */
export interface FailedFile {
  /** S3 key without the bucket. */
  readonly inputFile?: string | undefined;
  readonly exceptionType: string;
  readonly message: string;
}

/** Reads a line of failure.ndjson; undefined where it is none. */
export function parseFailure(line: string): FailedFile | undefined {
  const record = parseLine(line);
  return record && failureOf(record);
}

function failureOf(record: Record<string, unknown>): FailedFile | undefined {
  const exception = member(record, 'exception');
  if (!exception) return undefined;
  return {
    inputFile: typeof record.inputFile === 'string' ? record.inputFile : undefined,
    exceptionType: textOf(exception.exceptionType) ?? 'Unknown',
    message: textOf(exception.message) ?? '',
  };
}

/** A value as text; undefined where it is none: an object may hold anything in place of its `toString`. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

type Reason = FailureReason & { sampleFiles: string[] };

/** The reason that a masked exception belongs to: one of its own, or where there are too many one with others. */
function group(reasons: Map<string, Reason>, type: string, message: string): Reason {
  const candidates: [exceptionType: string, message: string, reasonsAtMost: number][] = [
    [type, message, MAX_DISTINCT_REASONS],
    [type, OTHER_MESSAGES, MAX_DISTINCT_REASONS + MAX_OTHER_TYPES],
  ];
  for (const [exceptionType, text, reasonsAtMost] of candidates) {
    const key = keyOf(exceptionType, text);
    const known = reasons.get(key);
    if (known) return known;
    if (reasons.size < reasonsAtMost) return add(reasons, exceptionType, text);
  }
  return reasons.get(keyOf(OTHER_TYPES, OTHER_MESSAGES)) ?? add(reasons, OTHER_TYPES, OTHER_MESSAGES);
}

/** No masked text has a line end. */
const keyOf = (exceptionType: string, message: string) => `${exceptionType}\n${message}`;

function add(reasons: Map<string, Reason>, exceptionType: string, message: string): Reason {
  const reason: Reason = { exceptionType, message, count: 0, sampleFiles: [] };
  reasons.set(keyOf(exceptionType, message), reason);
  return reason;
}

export function tallyWarning(): Tallier<WarningTally> {
  const counts = new Map<number, number>();
  const nonPrimary = imageSetIds();
  return tallier(
    (record) => {
      const { imageSetId, isPrimary, warnings } = member(record, 'importResponse') ?? {};
      if (!Array.isArray(warnings)) return false;
      if (isId(imageSetId) && isPrimary === false) nonPrimary.add(imageSetId);
      for (const warning of warnings) {
        const code = codeOf(asRecord(warning)?.warning_reason_code);
        const isCounted = counts.has(code) || isDocumented(code) || counts.size < MAX_UNKNOWN_CODES;
        const key = isCounted ? code : NO_CODE;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      return true;
    },
    (tally) => ({
      ...tally,
      ...nonPrimary.result(),
      codes: mostFrequentFirst(
        [...counts].map(([code, count]) => ({ code, ...warningMeaning(code), count })),
      ),
    }),
  );
}

function codeOf(value: unknown): number {
  const code = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof code === 'number' && Number.isSafeInteger(code) ? code : NO_CODE;
}

/** Collects ids of image sets that are not primary. */
function imageSetIds() {
  const ids = new Set<string>();
  let more = false;
  return {
    add(id: string): void {
      if (ids.size < MAX_IMAGE_SETS) ids.add(id);
      else more ||= !ids.has(id);
    },
    result: (): Pick<SuccessTally, 'nonPrimaryImageSets' | 'moreNonPrimary'> => ({
      nonPrimaryImageSets: ids,
      ...(more && { moreNonPrimary: true }),
    }),
  };
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_ID_LENGTH;
}

function isImageSet(value: unknown): boolean {
  const { imageSetId, isPrimary } = asRecord(value) ?? {};
  return typeof imageSetId === 'string' && (isPrimary === undefined || typeof isPrimary === 'boolean');
}

function tallier<Tally extends FileTally>(
  accept: (record: Record<string, unknown>) => boolean,
  finish: (tally: FileTally) => Tally,
): Tallier<Tally> {
  let lines = 0;
  let malformed = 0;
  return {
    add(line) {
      const record = parseLine(line);
      if (record && accept(record)) lines++;
      else if (line.trim() !== '') malformed++;
    },
    result: () => finish({ lines, malformed }),
  };
}

function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    return asRecord(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function member(record: Record<string, unknown>, name: string): Record<string, unknown> | undefined {
  return asRecord(record[name]);
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function mostFrequentFirst<T extends { count: number }>(groups: Iterable<T>): T[] {
  return [...groups].sort((a, b) => b.count - a.count);
}
