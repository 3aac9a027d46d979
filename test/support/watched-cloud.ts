import { rm } from 'node:fs/promises';
import { Duration } from 'aws-cdk-lib';
import { checkImportJob } from '../../lambda/check-import-job.ts';
import type { CheckResult, ImportFinishedData, ImportFinishedDetail } from '../../lambda/contract.ts';
import { log } from '../../lambda/log.ts';
import { onImportEvent } from '../../lambda/on-import-event.ts';
import { summarizeImport } from '../../lambda/summarize-import.ts';
import { type LocalCloud, startLocalCloud } from '../../local/cloud.ts';
import { EMAIL, synthesizeDemo } from '../../local/demo-stack.ts';
import type { BusEvent } from '../../local/event-bus.ts';
import type { FunctionFactory } from '../../local/functions.ts';
import { DATASTORE_ID, putFiles, startImport } from '../../local/import-files.ts';
import type { Execution } from '../../local/state-machine.ts';
import { VirtualClock } from '../../local/virtual-clock.ts';
import { type JobFault, type StudyFile, writeStudy } from '../../simulator/index.ts';

/** The handlers from their sources, by the logical ids of their functions. */
const HANDLERS = {
  CheckImportJob: checkImportJob,
  SummarizeImport: summarizeImport,
  OnImportEvent: onImportEvent,
};

/** What one import came to. */
export interface Watched {
  readonly jobId: string;
  readonly execution: Execution;
  /** All that the queue got. */
  readonly events: readonly BusEvent[];
  /** `data` of the only event. */
  readonly data: ImportFinishedData;
  /** All that the inbox got. */
  readonly emails: readonly { readonly Subject: string; readonly Message: string }[];
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
  readonly clock = new VirtualClock();
  readonly cloud: LocalCloud;
  readonly #stack: ReturnType<typeof synthesizeDemo>;
  #imports = 0;

  private constructor(cloud: LocalCloud, stack: ReturnType<typeof synthesizeDemo>, clock: VirtualClock) {
    this.cloud = cloud;
    this.#stack = stack;
    this.clock = clock;
  }

  static async start(): Promise<WatchedCloud> {
    log.setLogLevel('SILENT');
    const clock = new VirtualClock();
    const stack = synthesizeDemo({ pollSchedule: {}, giveUpAfter: Duration.days(7) });
    const cloud = await startLocalCloud({
      ...stack,
      clock,
      // No jitter: the longest that a retry may wait.
      random: () => 1,
      makeFunction: fromSource(clock),
      simulator: { jobDurationSeconds: 600, quotas: { rates: UNLIMITED } },
    });
    return new WatchedCloud(cloud, stack, clock);
  }

  async stop(): Promise<void> {
    await this.cloud.stop();
    await rm(this.#stack.assembly, { recursive: true, force: true });
  }

  /** Imports files and follows the watch to its end. */
  async watch({
    files = writeStudy({ withBrokenFiles: false }),
    fault,
    meanwhile,
  }: Import = {}): Promise<Watched> {
    const prefix = `import-${++this.#imports}/`;
    if (fault) this.cloud.simulator.faults.job({ ...fault, jobName: prefix });
    const jobId = await this.clock.run(async () => {
      await putFiles(this.cloud, prefix, files);
      const id = await startImport(this.cloud, prefix, prefix);
      await meanwhile?.(id);
      return id;
    });
    const name = `${DATASTORE_ID}-${jobId}`;
    await until(() => (this.cloud.machine.executions.get(name)?.status ?? 'RUNNING') !== 'RUNNING');
    await this.clock.idle();
    const execution = this.cloud.machine.executions.get(name) as Execution;
    const { events, emails } = await this.takeMessages();
    const { data } = (events[0]?.detail ?? { data: {} }) as ImportFinishedDetail;
    const published = execution.steps.find(
      (step) => step.state === 'Publish outcome' && step.what === 'succeeded',
    );
    return {
      jobId,
      execution,
      events,
      data,
      emails,
      checks: execution.steps
        .filter((step) => step.state === 'Check import job' && step.what === 'succeeded')
        .map((step) => step.data as CheckResult),
      lagSeconds: ((published?.at ?? Number.NaN) - Date.parse(data.endedAt ?? '')) / 1000,
    };
  }

  /** What the queue and the inbox got since the last time. */
  async takeMessages(): Promise<Pick<Watched, 'events' | 'emails'>> {
    const events = await this.drain(this.#stack.queue);
    const emails = await this.drain(this.cloud.inboxes.get(EMAIL) ?? '');
    return { events: events.map((body) => JSON.parse(body)), emails: emails.map((body) => JSON.parse(body)) };
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

const UNLIMITED = {
  StartDICOMImportJob: { perSecond: 1, burst: Number.POSITIVE_INFINITY },
  GetDICOMImportJob: { perSecond: 1, burst: Number.POSITIVE_INFINITY },
  ListDICOMImportJobs: { perSecond: 1, burst: Number.POSITIVE_INFINITY },
};

const fromSource =
  (clock: VirtualClock): FunctionFactory =>
  ({ name, environment }) => {
    const [, handler] = Object.entries(HANDLERS).find(([id]) => name.includes(id)) ?? [];
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
        JSON.parse(JSON.stringify((await run(JSON.parse(JSON.stringify(payload)))) ?? null)),
      stop: async () => {},
    };
  };
const PASSED = new Set<string>();

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
