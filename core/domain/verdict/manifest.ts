import * as z from 'zod/mini';
import type { FailureReason, WarningCount } from '../../contract/events.ts';
import type { UnverifiedReason } from '../../contract/names.ts';
import { maskMessage } from './mask.ts';
import { warningMeaning } from './warning-codes.ts';

const counter = z.optional(z.int().check(z.nonnegative()));

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
    imageSetsSummary: z.optional(
      z.array(z.object({ imageSetId: z.string(), isPrimary: z.optional(z.boolean()) })),
    ),
  }),
});

/** `jobSummary` of `job-output-manifest.json`. */
export type JobSummary = z.infer<typeof manifestSchema>['jobSummary'];

/** Parses `job-output-manifest.json`; undefined where it is not one. */
export function parseJobManifest(text: string): JobSummary | undefined {
  try {
    return manifestSchema.safeParse(JSON.parse(text)).data?.jobSummary;
  } catch {
    return undefined;
  }
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
  add(line: string): void;
  result(): Tally;
}

/** Distinct groups kept in memory; what comes after is counted together under {@link OTHER_MESSAGES}. */
const MAX_DISTINCT_REASONS = 1000;
export const OTHER_MESSAGES = '(other messages)';
/** S3 keys that are kept of the files of one reason. */
const MAX_SAMPLE_FILES = 3;

export function tallySuccess(): Tallier<SuccessTally> {
  const nonPrimary = new Set<string>();
  return tallier(
    (record) => {
      const response = member(record, 'importResponse');
      if (typeof response?.imageSetId !== 'string') return false;
      if (response.isPrimary === false) nonPrimary.add(response.imageSetId);
      return true;
    },
    (tally) => ({ ...tally, nonPrimaryImageSets: nonPrimary }),
  );
}

export function tallyFailure(): Tallier<FailureTally> {
  const reasons = new Map<string, Reason>();
  // By what lines say: to mask a message takes longer than to read its line, and most lines say what others said.
  const said = new Map<unknown, { type: unknown; reason: Reason }>();
  return tallier(
    (record) => {
      const exception = member(record, 'exception');
      if (!exception) return false;
      const { exceptionType: type, message } = exception;
      let known = said.get(message);
      if (!known || known.type !== type) {
        known = { type, reason: group(reasons, exception) };
        if (said.size < MAX_DISTINCT_REASONS) said.set(message, known);
      }
      const { reason } = known;
      reason.count++;
      if (reason.sampleFiles.length < MAX_SAMPLE_FILES && typeof record.inputFile === 'string') {
        reason.sampleFiles.push(record.inputFile);
      }
      return true;
    },
    (tally) => ({ ...tally, reasons: mostFrequentFirst(reasons.values()) }),
  );
}

type Reason = FailureReason & { sampleFiles: string[] };

/** The reason that an exception belongs to. */
function group(reasons: Map<string, Reason>, exception: Record<string, unknown>): Reason {
  const exceptionType = maskMessage(String(exception.exceptionType ?? 'Unknown'));
  const message = maskMessage(String(exception.message ?? ''));
  const known = reasons.get(`${exceptionType} ${message}`);
  const kept = known || reasons.size < MAX_DISTINCT_REASONS ? message : OTHER_MESSAGES;
  const key = `${exceptionType} ${kept}`;
  const reason = known ?? reasons.get(key) ?? { exceptionType, message: kept, count: 0, sampleFiles: [] };
  reasons.set(key, reason);
  return reason;
}

export function tallyWarning(): Tallier<WarningTally> {
  const counts = new Map<number, number>();
  const nonPrimary = new Set<string>();
  return tallier(
    (record) => {
      const { imageSetId, isPrimary, warnings } = member(record, 'importResponse') ?? {};
      if (!Array.isArray(warnings)) return false;
      if (typeof imageSetId === 'string' && isPrimary === false) nonPrimary.add(imageSetId);
      for (const warning of warnings) {
        const code = Number((warning as { warning_reason_code?: unknown } | null)?.warning_reason_code);
        // -1 is no code of HealthImaging: a warning without a number still counts.
        const key = Number.isInteger(code) ? code : -1;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      return true;
    },
    (tally) => ({
      ...tally,
      nonPrimaryImageSets: nonPrimary,
      codes: mostFrequentFirst(
        [...counts].map(([code, count]) => ({ code, ...warningMeaning(code), count })),
      ),
    }),
  );
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
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function mostFrequentFirst<T extends { count: number }>(groups: Iterable<T>): T[] {
  return [...groups].sort((a, b) => b.count - a.count);
}
