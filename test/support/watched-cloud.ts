import { rm } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Duration } from 'aws-cdk-lib';
import type { Detail, ImportFinishedData } from '../../core/contract/events.ts';
import { type ImportJobId, PUBLISHED } from '../../core/contract/names.ts';
import type { CheckResult } from '../../core/domain/notices/notice.ts';
import { watchName } from '../../core/domain/watch/watch-name.ts';
import { checkImportJob } from '../../lambda/handlers/check-import-job.ts';
import { onImportEvent } from '../../lambda/handlers/on-import-event.ts';
import { onWatchEnded } from '../../lambda/handlers/on-watch-ended.ts';
import { sendDigests } from '../../lambda/handlers/send-digests.ts';
import { summarizeImport } from '../../lambda/handlers/summarize-import.ts';
import { sweep } from '../../lambda/handlers/sweep.ts';
import { log } from '../../lambda/runtime/log.ts';
import type { DicomImportWatcherStackProps } from '../../lib/index.ts';
import { DEFAULT_POLL_INTERVAL } from '../../lib/private/settings.ts';
import { type LocalCloud, startLocalCloud } from '../../local/cloud.ts';
import { EMAIL, synthesizeDemo } from '../../local/demo-stack.ts';
import type { BusEvent } from '../../local/event-bus.ts';
import type { FunctionFactory } from '../../local/functions.ts';
import { DATASTORE_ID, putFiles, startImport } from '../../local/import-files.ts';
import type { Execution } from '../../local/state-machine.ts';
import type { Template } from '../../local/template.ts';
import { type JobFault, type StudyFile, writeStudy } from '../../simulator/index.ts';
import { VirtualClock } from '../../simulator/virtual-clock.ts';
import { runAs } from './recorded-calls.ts';

/** What stands in for a chat channel that is subscribed to the topic for people. */
export const CHAT = 'chat@channel.example';

interface WatchedCloudOptions {
  /** Called with every change of status of an execution. */
  readonly onStatusEvent?: (event: BusEvent) => void;
  readonly chatInbox?: boolean;
}

/** The handlers from their sources, by the logical ids of their functions. */
const HANDLERS = {
  CheckImportJob: checkImportJob,
  SummarizeImport: summarizeImport,
  OnImportEvent: onImportEvent,
  OnWatchEnded: onWatchEnded,
  SendDigests: sendDigests,
  Sweep: sweep,
};

/** What one import came to. */
export interface Watched {
  readonly jobId: string;
  readonly execution: Execution;
  /** All that the queue got. */
  readonly events: readonly BusEvent[];
  /** `data` of the verdict. */
  readonly data: ImportFinishedData;
  /** All that the inbox got. */
  readonly emails: readonly { readonly Subject: string; readonly Message: string }[];
  /** All that a chat channel would show. */
  readonly chat: readonly object[];
  readonly checks: readonly CheckResult[];
  /** From the end of the job to the published verdict, in virtual seconds. */
  readonly lagSeconds: number;
}

export interface Import {
  readonly files?: readonly StudyFile[];
  readonly fault?: JobFault;
  /** Runs on the virtual clock right after the import was started. */
  readonly meanwhile?: (jobId: string) => Promise<void>;
}

/**
 * The synthesized stack with its default settings, the real handlers and the simulated HealthImaging, in virtual time.
 * The handlers' clients remember their endpoints: one cloud a test file.
 */
export class WatchedCloud {
  readonly clock: VirtualClock;
  readonly cloud: LocalCloud;
  readonly #stack: ReturnType<typeof synthesizeDemo>;
  #imports = 0;

  private constructor(cloud: LocalCloud, stack: ReturnType<typeof synthesizeDemo>, clock: VirtualClock) {
    this.cloud = cloud;
    this.#stack = stack;
    this.clock = clock;
  }

  static async start(
    props: Partial<DicomImportWatcherStackProps> = {},
    { onStatusEvent, chatInbox = false }: WatchedCloudOptions = {},
  ): Promise<WatchedCloud> {
    log.setLogLevel('SILENT');
    // The table, which says since when the watcher is deployed, knows only the clock on the wall.
    const clock = new VirtualClock(Date.now());
    const stack = synthesizeDemo({
      ...(chatInbox && { emails: [EMAIL, CHAT] }),
      pollInterval: DEFAULT_POLL_INTERVAL,
      overdueAfter: Duration.hours(6),
      giveUpAfter: Duration.days(7),
      ...props,
    });
    // Chat subscribes by itself, and without a filter.
    if (chatInbox) unfiltered(stack.template, CHAT);
    const cloud = await startLocalCloud({
      ...stack,
      clock,
      // No jitter: the longest that a retry may wait.
      random: () => 1,
      makeFunction: fromSource(clock),
      simulator: { jobDurationSeconds: 600, quotas: { rates: UNLIMITED } },
      onStatusEvent: (event) => {
        onStatusEvent?.(event);
        return !watched.loseStatusEvents;
      },
    });
    const watched = new WatchedCloud(cloud, stack, clock);
    return watched;
  }

  async stop(): Promise<void> {
    await this.cloud.stop();
    await rm(this.#stack.assembly, { recursive: true, force: true });
  }

  /** Imports files and follows the watch to its end. */
  async watch({ files, fault, meanwhile }: Import = {}): Promise<Watched> {
    const jobId = await this.clock.run(async () => {
      const { jobId } = await this.import({ ...(files && { files }), ...(fault && { fault }) });
      await meanwhile?.(jobId);
      return jobId;
    });
    const execution = await this.ended(jobId);
    const { events, emails, chat } = await this.takeMessages();
    const finished = events.find((event) => event['detail-type'] === PUBLISHED.importFinished);
    const { data } = (finished?.detail ?? { data: {} }) as Detail<ImportFinishedData>;
    const published = execution.steps.find(
      (step) => step.state === 'Publish outcome' && step.what === 'succeeded',
    );
    return {
      jobId,
      execution,
      events,
      data,
      emails,
      chat,
      checks: execution.steps
        .filter((step) => step.state === 'Check import job' && step.what === 'succeeded')
        .map((step) => step.data as CheckResult),
      lagSeconds: ((published?.at ?? Number.NaN) - Date.parse(data.endedAt ?? '')) / 1000,
    };
  }

  /** The watch of a job, once it has ended and all is delivered. */
  async ended(jobId: string): Promise<Execution> {
    const name = `${DATASTORE_ID}-${jobId}`;
    await until(() => (this.cloud.machine.executions.get(name)?.status ?? 'RUNNING') !== 'RUNNING');
    await this.clock.idle();
    return this.cloud.machine.executions.get(name) as Execution;
  }

  /** Starts an import and lets things go on; nobody waits for its end. */
  async import({ files = writeStudy({ withBrokenFiles: false }), fault }: Import = {}): Promise<ImportJobId> {
    const prefix = `import-${++this.#imports}/`;
    if (fault) this.cloud.simulator.faults.job({ ...fault, jobName: prefix });
    const jobId = await this.clock.run(async () => {
      await putFiles(this.cloud, prefix, files);
      return startImport(this.cloud, prefix, prefix);
    });
    return { datastoreId: DATASTORE_ID, jobId };
  }

  /** Lets time pass. */
  async pass(seconds: number): Promise<void> {
    await this.clock.run(() => this.clock.sleep(seconds * 1000));
  }

  /** The watch of a job, by its number. */
  executionOf(job: ImportJobId, number = 1): Execution | undefined {
    return this.cloud.machine.executions.get(watchName(job, number));
  }

  /** Fires the schedule of the sweep once. */
  async sweep(): Promise<void> {
    await this.cloud.schedules[0]?.fire();
  }

  /** Fires the schedule of the sweep of running jobs once. */
  async sweepRunning(): Promise<void> {
    await this.cloud.schedules[1]?.fire();
  }

  /** Loses the events of Step Functions about its executions, until it is changed. */
  loseStatusEvents = false;

  /** What the queue and the inbox got since the last time. */
  async takeMessages(): Promise<Pick<Watched, 'events' | 'emails' | 'chat'>> {
    const take = async (queue: string | undefined) =>
      queue ? (await this.drain(queue)).map((body) => JSON.parse(body)) : [];
    const inChannel: { Message: string }[] = await take(this.cloud.inboxes.get(CHAT));
    return {
      events: await take(this.#stack.queue),
      emails: await take(this.cloud.inboxes.get(EMAIL)),
      // Chat renders what is JSON of its own shape, and is silent on the rest.
      chat: inChannel.flatMap(({ Message }) => (Message.startsWith('{') ? [JSON.parse(Message)] : [])),
    };
  }

  /** The logical id of the queue whose construct has this name. */
  queueLike(name: string): string {
    const { template } = this.#stack;
    const id = Object.keys(template.Resources).find(
      (each) => each.includes(name) && template.Resources[each]?.Type === 'AWS::SQS::Queue',
    );
    if (!id) throw new Error(`the template has no queue like ${name}`);
    return id;
  }

  get template(): Template {
    return this.#stack.template;
  }

  /** The name of the table of watches. */
  get table(): string {
    const { Resources } = this.#stack.template;
    return Object.keys(Resources).find((id) => Resources[id]?.Type === 'AWS::DynamoDB::Table') ?? '';
  }

  /** For what no handler does: to look into the table, and to change it. */
  get tableClient(): DynamoDBClient {
    return new DynamoDBClient({
      endpoint: this.cloud.environment.AWS_ENDPOINT_URL_DYNAMODB ?? '',
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  }

  /** Takes all messages out of a queue, by logical id. */
  async drain(queue: string): Promise<string[]> {
    const bodies: string[] = [];
    for (
      let body = await this.cloud.receive(queue);
      body !== undefined;
      body = await this.cloud.receive(queue)
    ) {
      bodies.push(body);
    }
    return bodies;
  }
}

function unfiltered(template: Template, address: string): void {
  for (const { Properties } of Object.values(template.Resources)) {
    if (Properties?.Endpoint === address) delete Properties.FilterPolicy;
  }
}

const UNLIMITED = {
  StartDICOMImportJob: { perSecond: 1, burst: Number.POSITIVE_INFINITY },
  GetDICOMImportJob: { perSecond: 1, burst: Number.POSITIVE_INFINITY },
  ListDICOMImportJobs: { perSecond: 1, burst: Number.POSITIVE_INFINITY },
  ListDatastores: { perSecond: 1, burst: Number.POSITIVE_INFINITY },
};

const fromSource =
  (clock: VirtualClock): FunctionFactory =>
  ({ name, environment }) => {
    const [id = '', handler] = Object.entries(HANDLERS).find(([each]) => name.includes(each)) ?? [];
    if (!handler) throw new Error(`there is no handler for the function ${name}`);
    for (const [key, value] of Object.entries(environment)) {
      // One process stands in for several functions: that works only while no two of them disagree.
      if (PASSED.has(key) && process.env[key] !== value) throw new Error(`two functions disagree on ${key}`);
      process.env[key] = value;
      PASSED.add(key);
    }
    const run = handler(clock) as (event: unknown) => Promise<unknown>;
    return {
      invoke: async (payload) =>
        JSON.parse(JSON.stringify((await runAs(id, () => run(JSON.parse(JSON.stringify(payload))))) ?? null)),
      stop: async () => {},
    };
  };
const PASSED = new Set<string>();

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
