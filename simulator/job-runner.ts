import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from './clock.ts';
import { type EventContext, type EventListener, importJobEvent, JobEvents } from './events.ts';
import type { JobFault } from './faults.ts';
import { ImageSets } from './image-sets.ts';
import { importFiles, JobFailure } from './import.ts';
import { delaysOf, type Outcome, writeOutputs } from './manifest.ts';
import type { Quotas } from './quotas.ts';
import type { Job, JobStatus } from './types.ts';

/** What jobs need to run. */
export interface JobSurroundings {
  s3: S3Client;
  clock: Clock;
  quotas: Quotas;
  listeners: EventListener[];
  eventContext: EventContext;
  /** Seconds from SUBMITTED to the end, by the job's name; longer where the import itself takes longer. */
  durationOf: (jobName: string) => number;
  emptyFiles: 'absent' | 'written';
  manifestOfFailedJobs: 'absent' | 'written';
  /** Aborts when the simulator stops. */
  signal: AbortSignal;
  problem: (problem: string) => void;
}

/** The share of a job's duration it spends SUBMITTED; no figure is published. */
const submittedShare = 0.1;

const nothing: Outcome = {
  numberOfScannedFiles: 0,
  numberOfFilesWithCustomerError: 0,
  numberOfFilesWithServerError: 0,
  successes: [],
  failures: [],
  warnings: [],
  imageSetsSummary: [],
};

/** Takes jobs through their life: SUBMITTED, IN_PROGRESS, then COMPLETED or FAILED. */
export class JobRunner {
  readonly #with: JobSurroundings;
  readonly #imageSets = new ImageSets();
  readonly #running = new Set<Promise<void>>();

  constructor(surroundings: JobSurroundings) {
    this.#with = surroundings;
  }

  /** Begins to work on a job in the background, which changes the job as it goes on. */
  begin(job: Job, fault: JobFault): void {
    this.#background(() => this.#run(job, fault));
  }

  /** Resolves when nothing runs any more: soon after the signal has aborted. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  #background(work: () => Promise<void>): void {
    const { clock, signal, problem } = this.#with;
    const running = clock
      .run(work)
      .catch((error) => {
        if (!signal.aborted) problem(String(error));
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #run(job: Job, fault: JobFault): Promise<void> {
    const { clock, signal, durationOf, listeners, problem } = this.#with;
    const seconds = fault.takesSeconds ?? durationOf(job.jobName);
    const events = new JobEvents({
      listeners,
      fault,
      clock,
      signal,
      background: (work) => this.#background(work),
      problem,
    });
    const emit = () => events.emit(importJobEvent(job, clock.now(), this.#with.eventContext));
    const sleepUntil = (age: number) =>
      clock.sleep(Math.max(0, job.submittedAt + age * 1000 - clock.now()), signal);

    await emit();
    await sleepUntil(seconds * submittedShare);
    if (signal.aborted) return;
    job.jobStatus = 'IN_PROGRESS';
    await emit();
    if (fault.neverEnds) return;

    const imported = await this.#import(job, fault);
    const { outcome } = imported;
    let { failure } = imported;
    await sleepUntil(seconds);
    if (signal.aborted) return;
    const write = (delaySeconds: number) => this.#write(job, outcome, fault, failure, delaySeconds);
    // Before the status, as nothing says that a COMPLETED job's manifest may be missing; faults make files late.
    const unwritten = await write(0);
    failure ??= unwritten;
    this.#end(job, failure);
    await emit();
    let waited = 0;
    for (const seconds of delaysOf(fault)) {
      await clock.sleep((seconds - waited) * 1000, signal);
      waited = seconds;
      const problemWriting = signal.aborted ? undefined : await write(seconds);
      if (problemWriting) problem(problemWriting);
    }
  }

  async #import(job: Job, fault: JobFault): Promise<{ outcome: Outcome; failure: string | undefined }> {
    if (fault.failWith !== undefined) return { outcome: nothing, failure: fault.failWith };
    const { s3, quotas, signal } = this.#with;
    try {
      const imageSets = this.#imageSets.forJob(job.datastoreId);
      const filesWithServerError = fault.filesWithServerError ?? 0;
      const outcome = await importFiles({ s3, job, imageSets, quotas, filesWithServerError, signal });
      return { outcome, failure: undefined };
    } catch (error) {
      return { outcome: nothing, failure: failureMessage(error) };
    }
  }

  /** @returns the message of the failure when the output cannot be written */
  async #write(
    job: Job,
    outcome: Outcome,
    fault: JobFault,
    failure: string | undefined,
    delaySeconds: number,
  ): Promise<string | undefined> {
    const { s3, emptyFiles, manifestOfFailedJobs, signal } = this.#with;
    if (failure !== undefined && manifestOfFailedJobs === 'absent') return undefined;
    try {
      await writeOutputs({ s3, job, outcome, fault, emptyFiles, signal }, delaySeconds);
      return undefined;
    } catch (error) {
      return failureMessage(error);
    }
  }

  #end(job: Job, failure: string | undefined): void {
    if (this.#with.signal.aborted) return;
    job.endedAt = this.#with.clock.now();
    job.jobStatus = (failure === undefined ? 'COMPLETED' : 'FAILED') satisfies JobStatus;
    if (failure !== undefined) job.message = failure.slice(0, 2048);
  }
}

/** AWS publishes no list of messages: the first line is AWS's, then S3's error follows. */
function failureMessage(error: unknown): string {
  if (error instanceof JobFailure) return error.message;
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `DICOM import job has failed.\n${reason}`;
}
