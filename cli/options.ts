import { type Command, InvalidArgumentError, Option } from 'commander';
import { DATASTORE_ID, JOB_ID, type TextRule } from '../core/contract/patterns.ts';
import { formatDuration, parseDuration } from './terminal/durations.ts';

/** How AWS is reached; what is absent comes from the environment and the shared configuration files. */
export interface AwsOptions {
  readonly region?: string;
  readonly profile?: string;
  readonly endpointUrl?: string;
}

/** Adds the options of {@link AwsOptions}. */
export function awsOptions(command: Command): Command {
  return command
    .option('--region <region>', 'AWS region; default: AWS_REGION or the profile', region)
    .option('--profile <name>', 'profile of the shared AWS configuration; default: AWS_PROFILE', filled)
    .option('--endpoint-url <url>', 'endpoint of every AWS service; default: AWS_ENDPOINT_URL', url);
}

/** What a command takes that waits for an import. */
export interface WaitingOptions extends AwsOptions {
  /** Seconds; not given: as long as it takes. */
  readonly timeout?: number;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

const DAY = 24 * 3600;

/** Adds `--timeout` and `--quiet`. */
export function waitingOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--timeout <duration>', 'stop waiting after this time, such as 30m').argParser(
        // A timer of Node holds 24 days.
        durationFrom(1, 20 * DAY),
      ),
    )
    .option('--quiet', 'print the result only');
}

/** Refuses an option's value. The message says what is allowed. */
export function refuse(message: string): never {
  throw new InvalidArgumentError(message);
}

/** For values whose whole text has to match. */
export function matching({ pattern, allowed }: TextRule) {
  return (text: string): string => (pattern.test(text) ? text : refuse(`Expected ${allowed}.`));
}

export const datastoreId = matching(DATASTORE_ID);
export const jobId = matching(JOB_ID);

const region = matching({
  pattern: /^[a-z]{2,}(-[a-z]+)+-\d$/,
  allowed: 'the name of a region, such as us-east-1',
});
const filled = matching({ pattern: /\S/, allowed: 'a name' });

/** A URL of a service. */
export function url(text: string): string {
  const good = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  return good ? text : refuse('Expected a URL, such as http://127.0.0.1:4566.');
}

/** Seconds, of a duration. */
export function duration(text: string): number {
  return parseDuration(text) ?? refuse('Expected a duration, such as 90s, 30m, 1h30m or 7d.');
}

/** Seconds, of a duration between two others. */
export function durationFrom(least: number, most: number) {
  return (text: string): number => {
    const seconds = duration(text);
    if (seconds < least) refuse(`Expected at least ${formatDuration(least)}.`);
    if (seconds > most) refuse(`Expected at most ${formatDuration(most)}.`);
    return seconds;
  };
}

/**
 * A moment: a duration before now, or a date or time of ISO 8601, which is UTC where it does not say.
 * @returns milliseconds since the epoch.
 */
export function moment(text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined) return Date.now() - seconds * 1000;
  const [, date, time, zone] =
    /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  const at = Date.parse(time && !zone ? `${text}Z` : text);
  // Date takes the 31st of February for the 3rd of March.
  const isDate = date && !Number.isNaN(at) && new Date(date).toISOString().startsWith(date);
  return isDate
    ? at
    : refuse('Expected a duration such as 12h or 7d, a date such as 2026-01-31, or an ISO 8601 time.');
}
