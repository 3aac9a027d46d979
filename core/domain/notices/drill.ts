import type { ImportFinishedData } from '../../contract/events.ts';
import { type ImportJobId, PUBLISHED } from '../../contract/names.ts';
import { finishedId } from '../watch/told.ts';
import { type Message, toEmail } from './message.ts';
import { type Notice, noticeOf } from './notice.ts';

/** What the id of the job of a drill begins with. */
export const DRILL = 'drill';
/** The data store of a drill, which there is not. */
const NO_DATASTORE = '0'.repeat(32);
const SUMMARY = 'TEST: this is a drill. No import job is behind it, and no data store has changed.';

/** The job of a drill. @param id - what tells it from others: 27 digits and letters from a to z. */
export function drillJob(id: string): ImportJobId {
  return { datastoreId: NO_DATASTORE, jobId: `${DRILL}${id}` };
}

/** The email of a drill. @param now - milliseconds since the epoch. */
export function drillEmail(job: ImportJobId, now: number) {
  return toEmail(drillMessage(job, now));
}

/**
 * A verdict that is none: `metadata.test` says so. It has no figures and no S3 URI.
 * @param executionArn - that of the watch which the job would have; it names the watcher.
 * @param now - milliseconds since the epoch.
 */
export function buildDrill(job: ImportJobId, executionArn: string, now: number): Notice<ImportFinishedData> {
  const data: ImportFinishedData = {
    outcome: 'SUCCEEDED',
    summary: SUMMARY,
    ...job,
    jobStatus: 'COMPLETED',
    executionArn,
  };
  const { detail, ...messages } = noticeOf(finishedId(job), data, drillMessage(job, now), now);
  return { ...messages, detail: { ...detail, metadata: { ...detail.metadata, test: true } } };
}

function drillMessage({ jobId }: ImportJobId, now: number): Message {
  return {
    subject: `TEST: DICOM import ${jobId}`,
    summary: SUMMARY,
    facts: [
      ['Drill', jobId],
      ['Sent', new Date(now).toISOString()],
      ['Sent by', 'somebody who ran dicom-import-watcher drill'],
    ],
    whatToDo: [
      'You do not need to do anything. The message shows that the watcher reaches you. The person who sent it may ask whether you have it.',
    ],
    command: 'npx dicom-import-watcher doctor',
    links: undefined,
    eventType: PUBLISHED.importFinished,
  };
}
