import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetDICOMImportJobCommand, MedicalImagingClient } from '@aws-sdk/client-medical-imaging';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { Duration } from 'aws-cdk-lib';
import { type ImportJobId, MESSAGE_ATTRIBUTES, MESSAGE_FORMATS } from '../../../core/contract/names.ts';
import { watchName } from '../../../core/domain/watch/watch-name.ts';
import { type LocalCloud, startLocalCloud } from '../../../local/cloud.ts';
import {
  EMAIL,
  INPUT_BUCKET,
  OUTPUT_BUCKET,
  type SynthesizedStack,
  synthesizeDemo,
} from '../../../local/demo-stack.ts';
import type { BusEvent } from '../../../local/event-bus.ts';
import { threadFunction } from '../../../local/functions.ts';
import { DATASTORE_ID } from '../../../local/import-files.ts';
import { resourcesOf, type Template } from '../../../local/template.ts';
import { type JobFault, type StudyFile, writeStudy } from '../../../simulator/index.ts';
import { importStudy } from '../import-study.ts';
import type { Servers } from '../servers.ts';
import { until } from '../until.ts';
import { type Front, startFront } from './front.ts';
import { JumpingClock } from './jumping-clock.ts';
import { Moto } from './moto.ts';

/** A job takes eight seconds, and is looked at every fifteen: no look falls near its end. */
export const JOB_SECONDS = 8;
const LOOK_SECONDS = 15;
export const OVERDUE_MINUTES = 5;
export const GIVE_UP_MINUTES = 60;

const UNLIMITED = { perSecond: 1, burst: Number.POSITIVE_INFINITY };

export interface Import {
  readonly files?: readonly StudyFile[];
  readonly fault?: JobFault;
  /** Distinguishes faults of requests. */
  readonly datastoreId?: string;
}

interface Email {
  readonly Subject: string;
  readonly Message: string;
}

/** What a world is made of. */
interface Parts {
  readonly stack: SynthesizedStack;
  readonly cloud: LocalCloud;
  readonly front: Front;
  readonly moto: Moto;
  readonly clock: JumpingClock;
  readonly emitted: readonly BusEvent[];
}

/** The synthesized stack on this machine, with moto's interpreter in place of the local one. */
export class InterpreterWorld {
  readonly clock: JumpingClock;
  readonly cloud: LocalCloud;
  readonly moto: Moto;
  /** All that the queue and the inbox got. */
  readonly events: BusEvent[] = [];
  readonly emails: Email[] = [];
  readonly #stack: SynthesizedStack;
  readonly #front: Front;
  readonly #healthImaging: MedicalImagingClient;
  readonly #emitted: readonly BusEvent[];
  readonly #stopping = new AbortController();
  #collecting: Promise<void> = Promise.resolve();
  #imports = 0;
  #sweep: Promise<void> | undefined;

  private constructor({ stack, cloud, front, moto, clock, emitted }: Parts) {
    this.#stack = stack;
    this.cloud = cloud;
    this.#front = front;
    this.moto = moto;
    this.clock = clock;
    this.#emitted = emitted;
    this.#healthImaging = new MedicalImagingClient({
      endpoint: cloud.environment.AWS_ENDPOINT_URL_MEDICAL_IMAGING ?? '',
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  }

  static async start(servers: Servers): Promise<InterpreterWorld> {
    const clock = new JumpingClock();
    const emitted: BusEvent[] = [];
    const look = Duration.seconds(LOOK_SECONDS);
    const stack = synthesizeDemo({
      pollInterval: look,
      overdueAfter: Duration.minutes(OVERDUE_MINUTES),
      giveUpAfter: Duration.minutes(GIVE_UP_MINUTES),
      chat: true,
      // No digest and no storm guard: dozens of imports play in one hour. Somebody subscribes by hand in place of an address.
      emails: [],
    });
    const front = await startFront();
    let cloud: LocalCloud | undefined;
    try {
      const moto = await Moto.start(servers, front.endpoint);
      cloud = await startLocalCloud({
        ...stack,
        template: withInbox(stack.template),
        clock,
        stepFunctions: moto.endpoint,
        onEvent: (event) => emitted.push(event),
        makeFunction: (spec) =>
          threadFunction(spec, new URL('./function-worker.ts', import.meta.url), { ahead: clock.ahead }),
        simulator: {
          jobDurationSeconds: JOB_SECONDS,
          quotas: {
            rates: {
              StartDICOMImportJob: UNLIMITED,
              GetDICOMImportJob: UNLIMITED,
              ListDICOMImportJobs: UNLIMITED,
              ListDatastores: UNLIMITED,
            },
          },
        },
      });
      front.serve(cloud);
      const [machine] = resourcesOf<{ DefinitionString: string; StateMachineName: string }>(
        stack.template,
        'AWS::StepFunctions::StateMachine',
      );
      if (!machine) throw new Error('the template has no state machine');
      await moto.create(machine.properties.StateMachineName, machine.properties.DefinitionString);
      for (const Bucket of [INPUT_BUCKET, OUTPUT_BUCKET]) {
        await cloud.s3.send(new CreateBucketCommand({ Bucket }));
      }
      const world = new InterpreterWorld({ stack, cloud, front, moto, clock, emitted });
      world.#collecting = world.#collect();
      return world;
    } catch (error) {
      await cloud?.stop();
      await front.stop();
      await rm(stack.assembly, { recursive: true, force: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#collecting;
    this.#healthImaging.destroy();
    this.moto.stop();
    await this.cloud.stop();
    await this.#front.stop();
    await rm(this.#stack.assembly, { recursive: true, force: true });
  }

  /** Calls of tasks that the front could not answer. */
  get unanswered(): readonly string[] {
    return this.#front.unknown;
  }

  async import({
    files = writeStudy({ withBrokenFiles: false }),
    fault,
    datastoreId = DATASTORE_ID,
  }: Import = {}): Promise<ImportJobId> {
    const prefix = `import-${++this.#imports}/`;
    if (fault) this.cloud.simulator.faults.job({ ...fault, jobName: prefix });
    const clients = { s3: this.cloud.s3, healthImaging: this.#healthImaging };
    return importStudy(clients, datastoreId, prefix, files);
  }

  /** Waits until HealthImaging shows the end of a job. */
  async jobEnded(job: ImportJobId): Promise<void> {
    await until(`the end of job ${job.jobId}`, async () => {
      const { jobProperties } = await this.#healthImaging.send(new GetDICOMImportJobCommand(job));
      return jobProperties?.jobStatus === 'COMPLETED' || undefined;
    });
  }

  /** An execution, once it has ended. */
  async ended(name: string) {
    return until(`the end of execution ${name}`, async () => {
      const execution = await this.moto.describe(name);
      return execution && execution.status !== 'RUNNING' ? execution : undefined;
    });
  }

  /** Waits until the watch of a job waits for news, for the so manieth time. */
  async waiting(job: ImportJobId, times = 1): Promise<void> {
    const name = watchName(job, 1);
    await until(`the wait ${times} of ${name}`, async () => {
      if (!(await this.moto.describe(name))) return undefined;
      const history = await this.moto.history(name);
      return history.filter(({ type }) => type === 'TaskSubmitted').length >= times || undefined;
    });
  }

  /** Waits until a function has failed with this error for the watch of a job. */
  async failing(job: ImportJobId, error: string): Promise<void> {
    const name = watchName(job, 1);
    await until(`the error ${error} of ${name}`, async () => {
      if (!(await this.moto.describe(name))) return undefined;
      const history = await this.moto.history(name);
      return history.some((event) => event.lambdaFunctionFailedEventDetails?.error === error) || undefined;
    });
  }

  /** Waits until HealthImaging has emitted so many events of a job. */
  async delivered(job: ImportJobId, count: number): Promise<void> {
    await until(`${count} events of job ${job.jobId}`, async () => {
      const ofJob = this.#emitted.filter(({ detail }) => (detail as ImportJobId).jobId === job.jobId);
      return ofJob.length >= count || undefined;
    });
  }

  /** The event with this id, once it has been published. */
  published(id: string): Promise<BusEvent> {
    return until(`the event ${id}`, async () => this.events.find((event) => idOf(event) === id));
  }

  /** The email with this subject, once it has been sent. */
  emailed(subject: string): Promise<Email> {
    return until(`the email "${subject}"`, async () =>
      this.emails.find(({ Subject }) => Subject === subject),
    );
  }

  /** Fires the schedule of the sweep once, for all who ask at the same time. */
  sweep(): Promise<void> {
    this.#sweep ??= sleep(50).then(async () => {
      this.#sweep = undefined;
      await this.cloud.schedules[0]?.fire();
    });
    return this.#sweep;
  }

  /** Fires the schedule of the sweep of running jobs once. */
  async sweepRunning(): Promise<void> {
    await this.cloud.schedules[1]?.fire();
  }

  /** The name of the table of watches. */
  get table(): string {
    return resourcesOf(this.#stack.template, 'AWS::DynamoDB::Table')[0]?.id ?? '';
  }

  async #collect(): Promise<void> {
    const inbox = this.cloud.inboxes.get(EMAIL) ?? '';
    while (!this.#stopping.signal.aborted) {
      const event = await this.cloud.receive(this.#stack.queue);
      const email = await this.cloud.receive(inbox);
      if (event !== undefined) this.events.push(JSON.parse(event));
      if (email !== undefined) this.emails.push(JSON.parse(email));
      if (event === undefined && email === undefined) await sleep(100);
    }
  }
}

/** The template with a subscription to each email, as a person makes it by hand. */
function withInbox(template: Template): Template {
  const topic = resourcesOf<object>(template, 'AWS::SNS::Topic').find(({ id }) => !id.includes('Alarm'));
  const Properties = {
    Protocol: 'email',
    Endpoint: EMAIL,
    TopicArn: { Ref: topic?.id },
    FilterPolicy: { [MESSAGE_ATTRIBUTES.format]: [MESSAGE_FORMATS.email] },
  };
  return {
    ...template,
    Resources: { ...template.Resources, Inbox: { Type: 'AWS::SNS::Subscription', Properties } },
  };
}

/** `metadata.id` of an event of ours. */
export function idOf({ detail }: BusEvent): string {
  return (detail as { metadata?: { id?: string } }).metadata?.id ?? '';
}
