import type { ImportJobFacts } from '../../contract/events.ts';
import { oneLine } from '../text.ts';
import { truncate } from '../truncate.ts';
import type { ImportJob } from '../watch/import-job.ts';

/** Longest `message` of the job in an event; HealthImaging's own limit is 2,048 characters. */
const MAX_JOB_MESSAGE_LENGTH = 2048;
/** Entries of a list of `importConfiguration` in an event, where they are disclosed; HealthImaging allows 1,000. */
const MAX_CONFIGURATION_ENTRIES = 10;

/**
 * What an event says of the job.
 * @param disclosed - whether the owner lets UIDs and metadata paths into events.
 */
export function publishedJob(
  { importConfiguration, message, ...identity }: ImportJob,
  disclosed: boolean,
): ImportJobFacts {
  return {
    ...identity,
    ...(message !== undefined && { message: truncate(oneLine(message), MAX_JOB_MESSAGE_LENGTH) }),
    ...(importConfiguration !== undefined && {
      importConfiguration: outline(importConfiguration, disclosed),
    }),
  };
}

/** The members of the union that `importConfiguration` is, with the lengths of their lists. */
function outline(
  importConfiguration: unknown,
  disclosed: boolean,
): NonNullable<ImportJobFacts['importConfiguration']> {
  return Object.fromEntries(
    Object.entries(importConfiguration ?? {}).map(([member, value]) => [
      member,
      Object.fromEntries(
        Object.entries(value ?? {}).flatMap(([name, list]) =>
          Array.isArray(list)
            ? [
                [`${name}Count`, list.length],
                ...(disclosed ? [[name, list.slice(0, MAX_CONFIGURATION_ENTRIES)]] : []),
              ]
            : [],
        ),
      ),
    ]),
  );
}
