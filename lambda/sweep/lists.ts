import { httpStatus } from '../../core/aws/errors.ts';
import { listImportJobs } from '../../core/aws/import-jobs.ts';
import type { ListedJob, ListPosition } from '../../core/domain/watch/sweep.ts';
import { log } from '../runtime/log.ts';
import type { JobTools } from './jobs.ts';

/** What became of lists. */
export interface ReadLists {
  /** What is left to a later sweep, in order: time was over, or the data store could not be read. */
  readonly rest: readonly ListPosition[];
  /** Whether time was over. */
  readonly cut: boolean;
  /** Lists of which the visitor had enough before their ends. */
  readonly left: readonly ListPosition[];
  /** How many pages were read. */
  readonly pages: number;
}

/** Looks at the jobs of a page. @returns `enough` where the rest of this list need not be read now. */
export type VisitPage = (jobs: ListedJob[], page: ListPosition) => Promise<'go on' | 'enough'>;

/**
 * Reads lists, page by page, to their ends or as far as the visitor wants. A list whose saved page is refused is read
 * again from its first page, after all others.
 * @param deadline - when to stop, in milliseconds since the epoch.
 */
export async function readLists(
  { healthImaging, pace, time, tally }: Pick<JobTools, 'healthImaging' | 'pace' | 'time' | 'tally'>,
  lists: readonly ListPosition[],
  deadline: number,
  visit: VisitPage,
): Promise<ReadLists> {
  const { begun, failed } = tally.datastores;
  const queue = [...lists];
  const unread: ListPosition[] = [];
  const left: ListPosition[] = [];
  const restarted = new Set<string>();
  let pages = 0;
  for (let page = queue[0]; page; page = queue[0]) {
    const { datastoreId, jobStatus } = page;
    const current: ListPosition = page;
    if (!failed.has(datastoreId)) {
      if (time.now() >= deadline) return { rest: [...queue, ...unread], cut: true, left, pages };
      begun.add(datastoreId);
      // A data store that is denied, throttled or gone does not stop the others.
      const read = await tally.attempt({ datastoreId }, async () => {
        const list = { datastoreId, jobStatus };
        const answer = await pace.healthImaging
          .call(() => listImportJobs(healthImaging, current))
          .catch((error) => {
            const key = `${datastoreId} ${jobStatus}`;
            if (!current.nextToken || httpStatus(error) !== 400 || restarted.has(key)) throw error;
            restarted.add(key);
          });
        if (!answer) {
          log.warn('a list is read again, since its saved page was refused', {
            datastoreId,
            list: jobStatus,
          });
          queue.push(list);
        } else {
          pages++;
          const enough = (await visit(answer.jobs, current)) === 'enough';
          if (answer.next && enough) left.push(list);
          // Behind the one that is taken away below.
          if (answer.next && !enough) queue.splice(1, 0, answer.next);
        }
      });
      if (!read) failed.add(datastoreId);
    }
    queue.shift();
    if (failed.has(datastoreId)) unread.push(current);
  }
  return { rest: unread, cut: false, left, pages };
}
