import { randomUUID } from 'node:crypto';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Clock } from './clock.ts';
import type { JobFault } from './faults.ts';
import { type ImportJobEvent, type Job, type JobStatus, jobFolder } from './types.ts';

/** Receives events as a rule's target does. Should return soon: a job waits for it before it goes on. */
export type EventListener = (event: ImportJobEvent) => void | Promise<void>;

/** Where events are sent with PutEvents. */
export interface EventBridgeTarget {
  endpoint: string;
  region?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
  /** Default: the default bus. */
  eventBusName?: string;
}

const detailTypes: Record<JobStatus, ImportJobEvent['detail-type']> = {
  SUBMITTED: 'Import Job Submitted',
  IN_PROGRESS: 'Import Job In Progress',
  COMPLETED: 'Import Job Completed',
  FAILED: 'Import Job Failed',
};

/** What stays the same over all events of a simulator. */
export interface EventContext {
  region: string;
  accountId: string;
  /** Whether detail.outputS3Uri is the prefix passed to Start, or the job's folder: both have been seen. */
  outputS3Uri: 'parent' | 'job-folder';
}

/** The event for a job's present status (docs/healthimaging.md#8-events; HealthImaging guide, "EventBridge"). */
export function importJobEvent(job: Job, now: number, context: EventContext): ImportJobEvent {
  const { region, accountId } = context;
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': detailTypes[job.jobStatus],
    source: 'aws.medical-imaging',
    account: accountId,
    time: `${new Date(now).toISOString().slice(0, 19)}Z`,
    region,
    resources: [`arn:aws:medical-imaging:${region}:${accountId}:datastore/${job.datastoreId}`],
    detail: {
      imagingVersion: '1.0',
      datastoreId: job.datastoreId,
      jobId: job.jobId,
      jobName: job.jobName,
      jobStatus: job.jobStatus,
      inputS3Uri: job.inputS3Uri,
      outputS3Uri: context.outputS3Uri === 'parent' ? job.outputS3Uri : jobFolder(job),
    },
  };
}

/**
 * A listener that hands events on to a bus with PutEvents. For local buses only: the real EventBridge refuses sources
 * that begin with `aws.`, and PutEvents cannot set an event's id and account.
 */
export function putEventsTo(target: EventBridgeTarget, region: string, signal: AbortSignal): EventListener {
  const client = new EventBridgeClient({
    endpoint: target.endpoint,
    region: target.region ?? region,
    credentials: target.credentials ?? { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  signal.addEventListener('abort', () => client.destroy());
  return async (event) => {
    const entry = {
      Source: event.source,
      DetailType: event['detail-type'],
      Detail: JSON.stringify(event.detail),
      Resources: event.resources,
      Time: new Date(event.time),
      EventBusName: target.eventBusName,
    };
    const answer = await client.send(new PutEventsCommand({ Entries: [entry] }), { abortSignal: signal });
    const refused = answer.Entries?.find(({ ErrorCode }) => ErrorCode);
    if (refused) throw new Error(`PutEvents refused an event: ${refused.ErrorCode} ${refused.ErrorMessage}`);
  };
}

/** What the delivery of a job's events needs. */
export interface JobEventsOptions {
  readonly listeners: readonly EventListener[];
  readonly fault: JobFault;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly background: (work: () => Promise<void>) => void;
  readonly problem: (problem: string) => void;
}

/** Delivers one job's events, or fails to as its faults say. */
export class JobEvents {
  readonly #listeners: readonly EventListener[];
  readonly #fault: JobFault;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #background: (work: () => Promise<void>) => void;
  readonly #problem: (problem: string) => void;
  readonly #kept: ImportJobEvent[] = [];

  constructor({ listeners, fault, clock, signal, background, problem }: JobEventsOptions) {
    this.#listeners = listeners;
    this.#fault = fault;
    this.#clock = clock;
    this.#signal = signal;
    this.#background = background;
    this.#problem = problem;
  }

  /** Takes an event; resolves when it is delivered, lost or put off. Never rejects. */
  async emit(event: ImportJobEvent): Promise<void> {
    const { eventsDelayedSeconds, eventsReordered } = this.#fault;
    const status = event.detail.jobStatus;
    let ready = applies(this.#fault.eventsLost, status) ? [] : [event];
    if (eventsReordered) {
      this.#kept.unshift(...ready);
      if (status !== 'COMPLETED' && status !== 'FAILED') return;
      ready = this.#kept;
    }
    if (!eventsDelayedSeconds) return this.#deliver(ready);
    this.#background(async () => {
      await this.#clock.sleep(eventsDelayedSeconds * 1000, this.#signal);
      await this.#deliver(ready);
    });
  }

  async #deliver(events: ImportJobEvent[]): Promise<void> {
    const copies = events.flatMap((event) =>
      applies(this.#fault.eventsDoubled, event.detail.jobStatus) ? [event, event] : [event],
    );
    for (const event of copies) {
      for (const listener of this.#listeners) {
        if (this.#signal.aborted) return;
        try {
          await listener(structuredClone(event));
        } catch (error) {
          // A bus that is down is no trouble of HealthImaging's: the job goes on.
          if (!this.#signal.aborted) this.#problem(`event not delivered: ${error}`);
        }
      }
    }
  }
}

function applies(statuses: true | JobStatus[] | undefined, status: JobStatus): boolean {
  return statuses === true || (statuses?.includes(status) ?? false);
}
