import { oneLine } from '../../core/domain/text.ts';
import { QUOTAS } from './quotas.ts';
import type { Some, Survey } from './survey.ts';

/** A bucket and a key, of an S3 URI. */
export interface Place {
  readonly bucket: string;
  readonly key: string;
}

/** Takes apart an S3 URI that has passed the parser of options. */
export function placeOf(uri: string): Place {
  const [bucket = '', ...key] = uri.slice('s3://'.length).split('/');
  return { bucket, key: key.join('/') };
}

/**
 * What speaks against an import, a sentence or two each: what is wrong, and what to do.
 * @param naming - whether files may be named.
 */
export function problemsOf(input: Place, output: Place, found: Survey | undefined, naming = false): string[] {
  return [...problemsOfPlaces(input, output), ...(found ? problemsOfInput(input, found, naming) : [])];
}

/** Whether some of the problems are of files that have names. */
export function hasNames({ stray, beside, missing }: Survey): boolean {
  return stray.count + beside.count + missing.length > 0;
}

function problemsOfPlaces(input: Place, output: Place): string[] {
  const inside = input.bucket === output.bucket && `${output.key}/`.startsWith(input.key);
  return [
    ...(input.key === '' ? ['The input is a whole bucket. Name the prefix to import.'] : []),
    ...(inside
      ? ['The output is inside the input: the next import would read the manifests of this one.']
      : []),
  ];
}

function problemsOfInput(input: Place, found: Survey, naming: boolean): string[] {
  const { files, bytes, largestBytes, folders, stray, beside, missing, truncated } = found;
  if (files === 0) return [`There is no file in s3://${input.bucket}/${input.key}. Is the prefix right?`];
  const problems: string[] = [];
  if (truncated) {
    problems.push(
      `There are more than ${count(QUOTAS.files)} files, which is the quota of a job (L-685AAB3A). Import them in parts. If your quota was raised, use --force.`,
    );
  }
  if (bytes > QUOTAS.bytes) {
    problems.push(
      `The files have ${size(bytes)}, but a job may have ${size(QUOTAS.bytes)}. Import them in parts.`,
    );
  } else if (largestBytes > QUOTAS.fileBytes) {
    problems.push(`A file has ${size(largestBytes)}, but may have ${size(QUOTAS.fileBytes)}.`);
  }
  if (folders > QUOTAS.folders) {
    problems.push(`There are ${count(folders)} folders, but a job may have ${count(QUOTAS.folders)}.`);
  }
  if (beside.count > 0) {
    problems.push(
      `The prefix also matches ${filesOf(beside.count)}${naming ? named(beside) : ''} that ${isOrAre(beside.count)} not in its folder. End it with a slash.`,
    );
  }
  if (stray.count > 0) {
    problems.push(
      `By their names, ${filesOf(stray.count)}${naming ? named(stray) : endingsOf(stray.endings)} ${isOrAre(stray.count)} not DICOM. HealthImaging rejects such files, and counts them. Remove them from the prefix.`,
    );
  }
  if (missing.length > 0) {
    const { length } = missing;
    problems.push(
      `The import configuration names ${count(length)} metadata ${length === 1 ? 'file' : 'files'}${naming ? named({ count: length, first: missing.slice(0, 3) }) : ''} that ${isOrAre(length)} not there.`,
    );
  }
  return problems;
}

const filesOf = (number: number) => `${count(number)} ${number === 1 ? 'file' : 'files'}`;
const isOrAre = (number: number) => (number === 1 ? 'is' : 'are');

/** The first of some files. Their names may identify patients. */
function named({ count: all, first }: Some): string {
  return ` (${first.map(oneLine).join(', ')}${all > first.length ? ', ...' : ''})`;
}

/** The most frequent endings, none of which is chosen by somebody. */
function endingsOf(endings: ReadonlyMap<string, number>): string {
  const frequent = [...endings].sort(([, a], [, b]) => b - a);
  const some = frequent.slice(0, 5).map(([ending, number]) => `${count(number)} ${ending}`);
  return ` (${some.join(', ')}${frequent.length > some.length ? ', ...' : ''})`;
}

function count(number: number): string {
  return number.toLocaleString('en');
}

/** A size as S3's console writes it: 1 KB is 1024 bytes. */
export function size(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const number = bytes / 1024 ** power;
  return `${power === 0 ? number : number.toFixed(1)} ${units[power]}`;
}
