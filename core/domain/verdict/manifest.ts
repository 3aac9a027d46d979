import type { FailureReason, WarningCount } from '../../contract/events.ts';
import type { UnverifiedReason } from '../../contract/names.ts';
import {
  asRecord,
  isCount,
  isFlag,
  isId,
  isText,
  type Odd,
  OptionalMembers,
  parseRecord,
} from './documented.ts';
import { ImageSetCollector, type NamedImageSets } from './image-sets.ts';
import type { ImageSet, JobSummary } from './job-manifest.ts';
import { alikeWhenMasked, maskMessage, maskType } from './mask.ts';
import { isDocumented, warningMeaning } from './warning-codes.ts';

/** What the lines of one ndjson file add up to. */
export interface FileTally {
  /** Lines that are what they should be. */
  readonly lines: number;
  /** Lines that are not: cut off, or not of the documented shape. */
  readonly malformed: number;
  /** Set where members are not of the documented type. */
  readonly odd?: Odd;
  /** Set where the file is there but could not be read. */
  readonly unreadable?: 'forbidden';
}

export interface SuccessTally extends FileTally, NamedImageSets {}
export interface FailureTally extends FileTally {
  /** Most frequent first. */
  readonly reasons: readonly FailureReason[];
}
export interface WarningTally extends SuccessTally {
  /** Most frequent first. */
  readonly codes: readonly WarningCount[];
}

/** Why the manifest says nothing. */
export type UnreadableReason = Exclude<UnverifiedReason, 'LINES_MISSING'>;

/** All that the manifests say, or why they say nothing. */
export type ManifestReading =
  | { readonly kind: 'unavailable'; readonly reason: UnreadableReason }
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
/** Messages with which others are compared, and how many there may have been: to prepare one takes longer than to mask it. */
const MAX_MODELS = 16;
const MAX_MODELS_IN_ALL = 200;
/** Codes without documentation that are counted apart; what comes after counts as without a code. */
const MAX_UNKNOWN_CODES = 1000;
/** No code of HealthImaging: a warning without a number still counts. */
export const NO_CODE = -1;

/** A file that a line names, as it stands there: all of it can identify a patient. */
export interface NamedFile {
  /** S3 key without the bucket. */
  readonly inputFile: string;
  readonly imageSetId?: string | undefined;
  /** The codes of its warnings. */
  readonly codes?: readonly number[];
  /** Why it was refused. */
  readonly exceptionType?: string;
  readonly message?: string;
}

/** Gets each file that a line names. */
export type OnFile = (file: NamedFile) => void;

export function tallySuccess(onFile?: OnFile): Tallier<SuccessTally> {
  const imageSets = new ImageSetCollector();
  return tallier(
    (record, members) => {
      const response = asRecord(record.importResponse);
      if (!isId(response?.imageSetId)) return false;
      const inputFile = members.read(record.inputFile, 'inputFile', isText);
      imageSets.add(imageSetOf(response, response.imageSetId, members));
      if (onFile && inputFile !== undefined) onFile({ inputFile, imageSetId: response.imageSetId });
      return true;
    },
    (tally) => ({ ...tally, ...imageSets.result() }),
  );
}

export function tallyFailure(onFile?: OnFile): Tallier<FailureTally> {
  const reasons = new Reasons();
  return tallier(
    (record, members) => {
      const failure = failureOf(record, members);
      if (!failure) return false;
      const { exceptionType, message, inputFile } = failure;
      const reason = reasons.of(exceptionType, message);
      reason.count++;
      if (
        inputFile !== undefined &&
        inputFile.length <= MAX_KEY_LENGTH &&
        reason.sampleFiles.length < MAX_SAMPLE_FILES
      ) {
        reason.sampleFiles.push(inputFile);
      }
      if (onFile && inputFile !== undefined) onFile({ inputFile, exceptionType, message });
      return true;
    },
    (tally) => ({ ...tally, reasons: mostFrequentFirst(reasons.all()) }),
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
  const record = parseRecord(line);
  return record && failureOf(record, new OptionalMembers());
}

function failureOf(record: Record<string, unknown>, members: OptionalMembers): FailedFile | undefined {
  const exception = asRecord(record.exception);
  if (!exception) return undefined;
  return {
    inputFile: members.read(record.inputFile, 'inputFile', isText),
    exceptionType: members.read(exception.exceptionType, 'exceptionType', isText) ?? 'Unknown',
    message: members.read(exception.message, 'message', isText) ?? '',
  };
}

type Reason = FailureReason & { sampleFiles: string[] };

/** A reason, and of which type of exception: as it was said. */
interface Known {
  readonly type: string;
  readonly reason: Reason;
}

/**
 * Groups exceptions by what they are when masked. To mask a message takes longer than to read its line, and most lines say
 * what others said, or the same of another UID: so much of what was said is remembered.
 */
class Reasons {
  readonly #reasons = new Map<string, Reason>();
  readonly #said = new Map<string, Known>();
  /** Messages, from which others differ in masked words only. One that was needed moves to the front. */
  readonly #models: (Known & { readonly isAlike: (message: string) => boolean })[] = [];
  #modelsLeft = MAX_MODELS_IN_ALL;

  all(): Iterable<Reason> {
    return this.#reasons.values();
  }

  /** The reason that an exception belongs to. */
  of(type: string, message: string): Reason {
    return this.#byModel(type, message) ?? this.#bySaid(type, message) ?? this.#remember(type, message);
  }

  #byModel(type: string, message: string): Reason | undefined {
    const models = this.#models;
    for (let i = 0; i < models.length; i++) {
      const each = models[i];
      if (each?.type !== type || !each.isAlike(message)) continue;
      const before = models[i - 1];
      if (before) {
        models[i - 1] = each;
        models[i] = before;
      }
      return each.reason;
    }
    return undefined;
  }

  #bySaid(type: string, message: string): Reason | undefined {
    const known = this.#said.get(message);
    return known?.type === type ? known.reason : undefined;
  }

  #remember(type: string, message: string): Reason {
    const reason = this.#group(maskType(type), maskMessage(message));
    if (type.length > MAX_SAID_LENGTH || message.length > MAX_SAID_LENGTH) return reason;
    const isAlike = this.#modelsLeft > 0 ? alikeWhenMasked(message) : undefined;
    if (isAlike) {
      this.#modelsLeft--;
      if (this.#models.length === MAX_MODELS) this.#models.pop();
      this.#models.unshift({ isAlike, type, reason });
    } else if (this.#said.size < MAX_DISTINCT_REASONS) {
      this.#said.set(message, { type, reason });
    }
    return reason;
  }

  /** The reason that a masked exception belongs to: one of its own, or where there are too many one with others. */
  #group(type: string, message: string): Reason {
    const candidates: [exceptionType: string, message: string, reasonsAtMost: number][] = [
      [type, message, MAX_DISTINCT_REASONS],
      [type, OTHER_MESSAGES, MAX_DISTINCT_REASONS + MAX_OTHER_TYPES],
    ];
    for (const [exceptionType, text, reasonsAtMost] of candidates) {
      const known = this.#reasons.get(keyOf(exceptionType, text));
      if (known) return known;
      if (this.#reasons.size < reasonsAtMost) return this.#add(exceptionType, text);
    }
    return this.#reasons.get(keyOf(OTHER_TYPES, OTHER_MESSAGES)) ?? this.#add(OTHER_TYPES, OTHER_MESSAGES);
  }

  #add(exceptionType: string, message: string): Reason {
    const reason: Reason = { exceptionType, message, count: 0, sampleFiles: [] };
    this.#reasons.set(keyOf(exceptionType, message), reason);
    return reason;
  }
}

/** No masked text has a line end. */
const keyOf = (exceptionType: string, message: string) => `${exceptionType}\n${message}`;

export function tallyWarning(onFile?: OnFile): Tallier<WarningTally> {
  const counts = new Map<number, number>();
  const imageSets = new ImageSetCollector();
  return tallier(
    (record, members) => {
      const response = asRecord(record.importResponse);
      if (!response || !Array.isArray(response.warnings)) return false;
      const inputFile = members.read(record.inputFile, 'inputFile', isText);
      const imageSetId = members.read(response.imageSetId, 'imageSetId', isId);
      if (imageSetId !== undefined) imageSets.add(imageSetOf(response, imageSetId, members));
      const codes = new Set<number>();
      for (const warning of response.warnings) {
        const code = codeOf(
          members.read(asRecord(warning)?.warning_reason_code, 'warning_reason_code', isCode),
        );
        const isCounted = counts.has(code) || isDocumented(code) || counts.size < MAX_UNKNOWN_CODES;
        const key = isCounted ? code : NO_CODE;
        counts.set(key, (counts.get(key) ?? 0) + 1);
        if (onFile) codes.add(code);
      }
      if (onFile && inputFile !== undefined) onFile({ inputFile, imageSetId, codes: [...codes] });
      return true;
    },
    (tally) => ({
      ...tally,
      ...imageSets.result(),
      codes: mostFrequentFirst(
        [...counts].map(([code, count]) => ({ code, ...warningMeaning(code), count })),
      ),
    }),
  );
}

/** AWS documents each code in decimal and in hexadecimal. */
function isCode(value: unknown): value is number | string {
  return typeof value === 'string' ? /^(\d{1,9}|0x[\da-f]{1,7})$/i.test(value) : isCount(value);
}

function codeOf(value: number | string | undefined): number {
  return value === undefined ? NO_CODE : Number(value);
}

function imageSetOf(
  response: Record<string, unknown>,
  imageSetId: string,
  members: OptionalMembers,
): ImageSet {
  const version = members.read(response.imageSetVersion, 'imageSetVersion', isCount);
  const isPrimary = members.read(response.isPrimary, 'isPrimary', isFlag);
  return {
    imageSetId,
    ...(version !== undefined && { version }),
    ...(isPrimary !== undefined && { isPrimary }),
  };
}

function tallier<Tally extends FileTally>(
  accept: (record: Record<string, unknown>, members: OptionalMembers) => boolean,
  finish: (tally: FileTally) => Tally,
): Tallier<Tally> {
  let lines = 0;
  let malformed = 0;
  const members = new OptionalMembers();
  return {
    add(line) {
      const record = parseRecord(line);
      if (record && accept(record, members)) lines++;
      else if (line.trim() !== '') malformed++;
    },
    result() {
      const odd = members.odd();
      return finish({ lines, malformed, ...(odd && { odd }) });
    },
  };
}

function mostFrequentFirst<T extends { count: number }>(groups: Iterable<T>): T[] {
  return [...groups].sort((a, b) => b.count - a.count);
}
