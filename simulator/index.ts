import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { oneLine } from '../core/domain/text.ts';
import { type Clock, wallClock } from './clock.ts';
import { type EventBridgeTarget, type EventListener, putEventsTo } from './events.ts';
import { type FaultControl, Faults, type InitialFaults } from './faults.ts';
import { type HttpAnswer, type HttpRequest, Protocol, type RequestCounts } from './http.ts';
import { JobRunner } from './job-runner.ts';
import { type ListOptions, Operations } from './operations.ts';
import { type QuotaOverrides, quotasWith } from './quotas.ts';

export type { EventBridgeTarget, EventListener } from './events.ts';
export { type ParsedFault, parseFault } from './fault-text.ts';
export type { FaultControl, InitialFaults, JobFault, RequestFault } from './faults.ts';
export type { HttpAnswer, HttpRequest, RequestCounts } from './http.ts';
export type { FailureLine, SuccessLine, WarningLine } from './manifest.ts';
export type { ListOptions } from './operations.ts';
export type { QuotaOverrides, Quotas } from './quotas.ts';
export { isWordingOfAws } from './refused-file.ts';
export { type StudyFile, type StudyOptions, writeStudy } from './study.ts';
export type { ImportJobEvent, ImportJobEventDetail, JobStatus, OperationName } from './types.ts';

/** How to reach S3; path-style addresses are used. */
export interface S3Target {
  endpoint: string;
  /** Default: the simulator's region. */
  region?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

export interface SimulatorOptions {
  /** Where inputs are read and outputs written. A client passed in is not destroyed by stop(). */
  s3: S3Client | S3Target;
  /** Default: the clock on the wall. */
  clock?: Clock;
  /** Default 0: any free port of 127.0.0.1. */
  port?: number;
  /** Whether to listen on a port at all; `listener` and `answer` do their work all the same. Default true. */
  listen?: boolean;
  /** Default us-east-1. */
  region?: string;
  /** Twelve digits, for the events. Default 111122223333. */
  accountId?: string;
  /** The data stores that exist. Default: every well-formed id names one. */
  datastores?: string[];
  /**
   * Seconds from SUBMITTED to the end of a job, a tenth of it SUBMITTED. Default 90, about what AWS's examples take.
   * A function is asked for each job, by its name.
   */
  jobDurationSeconds?: number | ((jobName: string) => number);
  /** Makes the id of a job: 32 lower-case hexadecimal digits. Default: random. */
  newJobId?: () => string;
  /** How jobs are listed, which AWS does not document. */
  lists?: ListOptions;
  /** Receives every event, in order for one job. */
  events?: EventListener;
  /** Sends every event to this bus with PutEvents; a local one, for AWS refuses sources that begin with `aws.`. */
  eventBridge?: EventBridgeTarget;
  /** detail.outputS3Uri of events: the prefix passed to Start (default, as documented) or the job's folder. */
  eventOutputS3Uri?: 'parent' | 'job-folder';
  quotas?: QuotaOverrides;
  faults?: InitialFaults;
  /** ndjson files without lines: left out (default) or written empty. Which AWS does is unverified. */
  emptyFiles?: 'absent' | 'written';
  /** Output files of FAILED jobs: none (default) or as far as known. Which AWS does is unverified. */
  manifestOfFailedJobs?: 'absent' | 'written';
  /** Told about trouble of the simulator's own, such as an event that a listener refused. Default: standard error. */
  onProblem?: (problem: string) => void;
}

export interface Simulator {
  /** `http://127.0.0.1:<port>`, for the client's `endpoint` or AWS_ENDPOINT_URL_MEDICAL_IMAGING. */
  readonly endpoint: string;
  readonly faults: FaultControl;
  /** What answers requests, for who has a server of his own. */
  readonly listener: RequestListener;
  /** Answers a request that comes without a socket; undefined where a fault drops the connection. */
  readonly answer: (request: HttpRequest) => Promise<HttpAnswer | undefined>;
  /** Requests received so far, by operation; those answered with an error or dropped count as well. */
  readonly requests: Readonly<RequestCounts>;
  /** Closes all connections and ends all jobs where they are. Afterwards nothing goes on. */
  stop(): Promise<void>;
}

/**
 * Starts a server that speaks the import API of AWS HealthImaging (StartDICOMImportJob, GetDICOMImportJob,
 * ListDICOMImportJobs) and imports DICOM Part 10 files from S3 into image sets it keeps in memory.
 * @throws when the port is taken
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { clock = wallClock, region = 'us-east-1', accountId = '111122223333' } = options;
  const problem = options.onProblem ?? ((text: string) => console.error(`simulator: ${oneLine(text)}`));
  const stopped = new AbortController();
  const { signal } = stopped;
  const quotas = quotasWith(options.quotas);
  const faults = new Faults(clock, options.faults);
  const own = 'send' in options.s3 ? undefined : connect(options.s3, region);
  const listeners = [
    ...(options.events ? [options.events] : []),
    ...(options.eventBridge ? [putEventsTo(options.eventBridge, region, signal)] : []),
  ];
  const { jobDurationSeconds: duration = 90 } = options;
  const runner = new JobRunner({
    s3: own ?? (options.s3 as S3Client),
    clock,
    quotas,
    listeners,
    eventContext: { region, accountId, outputS3Uri: options.eventOutputS3Uri ?? 'parent' },
    durationOf: typeof duration === 'function' ? duration : () => duration,
    emptyFiles: options.emptyFiles ?? 'absent',
    manifestOfFailedJobs: options.manifestOfFailedJobs ?? 'absent',
    signal,
    problem,
  });
  const { newJobId = () => randomBytes(16).toString('hex') } = options;
  const operations = new Operations({
    clock,
    quotas,
    faults,
    runner,
    datastores: options.datastores,
    newId: newJobId,
    lists: options.lists,
  });
  const protocol = new Protocol({ operations, faults, quotas, clock, signal, problem });
  const listener: RequestListener = (request, response) => void protocol.handle(request, response);
  const server = createServer(listener);
  if (options.listen ?? true) {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
  }

  let stopping: Promise<void> | undefined;
  const stop = async () => {
    stopped.abort();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    await runner.settled();
    own?.destroy();
  };
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo | null)?.port ?? 0}`,
    faults,
    listener,
    answer: (request) => protocol.answer(request),
    requests: protocol.counts,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

function connect(target: S3Target, region: string): S3Client {
  return new S3Client({
    endpoint: target.endpoint,
    region: target.region ?? region,
    credentials: target.credentials ?? { accessKeyId: 'local', secretAccessKey: 'local' },
    forcePathStyle: true,
  });
}
