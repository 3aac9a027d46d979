import type { ImportJobId } from '../../contract/names.ts';
import { DATASTORE_ID, JOB_ID, within } from '../../contract/patterns.ts';

/** Watches that a job gets, one after the other, before it is left to people. */
export const MAX_WATCHES = 7;

const NAME = new RegExp(`^(${within(DATASTORE_ID)})-(${within(JOB_ID)})(?:-(\\d))?$`);

/**
 * The name of the execution that watches a job: one name, one watch. A watch that cannot be repaired is replaced by one
 * with the next number, since its name stays taken for 90 days. At most 67 of the 80 characters allowed.
 */
export function watchName({ datastoreId, jobId }: ImportJobId, number = 1): string {
  return number === 1 ? `${datastoreId}-${jobId}` : `${datastoreId}-${jobId}-${number}`;
}

/** The number in the name of a watch; 1 for a name that somebody else gave. */
export function watchNumber(name: string): number {
  return Number(NAME.exec(name)?.[3] ?? 1);
}

/** The import job in the name of a watch, or undefined for a name that somebody else gave. */
export function parseWatchName(name: string): ImportJobId | undefined {
  const [, datastoreId, jobId] = NAME.exec(name) ?? [];
  return datastoreId && jobId ? { datastoreId, jobId } : undefined;
}
