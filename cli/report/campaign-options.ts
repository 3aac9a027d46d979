import { readFile } from 'node:fs/promises';
import { S3_URI } from '../../core/contract/patterns.ts';
import { oneLine } from '../../core/domain/text.ts';
import { s3Place } from '../aws/bucket.ts';
import { CliError, usageError } from '../errors.ts';
import type { AwsOptions } from '../options.ts';
import { unreadable } from './folder.ts';

/** How a report on a campaign is printed. */
export type CampaignFormat = 'table' | 'json' | 'csv' | 'html';

/** What is asked for of a campaign. */
export interface CampaignOptions extends AwsOptions {
  readonly format: CampaignFormat;
  readonly failures: boolean;
  /** A file. */
  readonly output?: string;
  readonly force: boolean;
  /** How many jobs there will be. */
  readonly expect?: number;
  /** A file with an input prefix on each line. */
  readonly inputs?: string;
  readonly datastoreId?: string;
  /** Milliseconds since the epoch, like `until`. */
  readonly since?: number;
  readonly until?: number;
  /** With `*` and `?`. */
  readonly jobName?: string;
  readonly reconcile?: boolean;
}

/** @throws CliError where options do not go together. */
export function checkOptions(options: CampaignOptions): void {
  const { output, format, force, expect, inputs, jobName, datastoreId, since, until } = options;
  if (expect !== undefined && inputs !== undefined) {
    throw usageError('Both --expect and --inputs say how many jobs there will be. Give one of them.');
  }
  if (jobName !== undefined && datastoreId === undefined) {
    throw usageError('No manifest has the name of its job. For --job-name give --datastore-id, too.');
  }
  if (since !== undefined && until !== undefined && since >= until) {
    throw usageError('--since has to be before --until.');
  }
  if (output === undefined && force) throw usageError('--force is for the file of --output.');
  if (output?.startsWith('s3://')) {
    throw usageError('--output has to be a file of this machine: keys of files can identify patients.');
  }
  if (output !== undefined && format === 'table') {
    throw usageError('--output is for --format json, csv and html.');
  }
}

/** The input prefixes of a file, each once. @throws CliError where it cannot be read, or a line is none. */
export async function readInputs(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable(file, error);
  });
  const lines = text
    .split(/\r?\n/)
    .map((line, i) => [line.trim(), i + 1] as const)
    .filter(([line]) => line !== '');
  const wrong = lines.find(([line]) => !S3_URI.pattern.test(line));
  if (wrong) {
    // The line itself may name a patient.
    throw new CliError(`Line ${wrong[1]} of ${oneLine(file)} is no prefix. Expected s3://bucket/prefix/.`);
  }
  if (lines.length === 0) throw new CliError(`${oneLine(file)} has no line. Expected a prefix on each.`);
  return [...new Set(lines.map(([line]) => line))];
}

/** With and without its slash a prefix is the same to who wrote it down. */
export function samePrefix(uri: string): string {
  return uri.replace(/\/+$/, '');
}

/** The bucket of a URI; empty where it is none. */
export function bucketOf(uri: string | undefined): string {
  return s3Place(uri ?? '')?.bucket ?? '';
}
