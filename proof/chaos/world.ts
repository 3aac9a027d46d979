import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SignatureV4 } from '@smithy/signature-v4';
import { Duration } from 'aws-cdk-lib';
import inject from 'light-my-request';
import { type ImportJobId, PUBLISHED, WATCH_ITEM } from '../../core/contract/names.ts';
import { checkImportJob } from '../../lambda/handlers/check-import-job.ts';
import { onImportEvent } from '../../lambda/handlers/on-import-event.ts';
import { onWatchEnded } from '../../lambda/handlers/on-watch-ended.ts';
import { summarizeImport } from '../../lambda/handlers/summarize-import.ts';
import { sweep } from '../../lambda/handlers/sweep.ts';
import { log } from '../../lambda/runtime/log.ts';
import { DEFAULT_POLL_INTERVAL } from '../../lib/private/settings.ts';
import { synthesizeDemo } from '../../local/demo-stack.ts';
import { type BusEvent, EventBuses } from '../../local/event-bus.ts';
import { statusEvent } from '../../local/executions.ts';
import { addRules, type LocalSchedule } from '../../local/rules.ts';
import { serviceOperations } from '../../local/services.ts';
import { LocalStateMachine, named } from '../../local/state-machine.ts';
import { taskRunner } from '../../local/tasks.ts';
import { nameOf, PLACE, resourcesOf } from '../../local/template.ts';
import {
  type JobFault,
  type QuotaOverrides,
  type Simulator,
  type StudyFile,
  startSimulator,
  writeStudy,
} from '../../simulator/index.ts';
import { VirtualClock } from '../../simulator/virtual-clock.ts';
import {
  json,
  MemoryStore,
  MemoryTable,
  type Message,
  memoryTopic,
  type Request,
  type Response,
  s3Error,
  textOf,
} from './memory.ts';
import {
  DATASTORES,
  Dice,
  type Disturbance,
  FOREIGN_DATASTORE,
  GIVE_UP_SECONDS,
  type JobPlan,
  OVERDUE_SECONDS,
  type Scenario,
  type ServiceTrouble,
  type Study,
} from './scenario.ts';
import { ENDPOINTS, invocations, replaceTransport, type ServiceName } from './transport.ts';

const stack = synthesizeDemo({
  pollInterval: DEFAULT_POLL_INTERVAL,
  overdueAfter: Duration.seconds(OVERDUE_SECONDS),
  giveUpAfter: Duration.seconds(GIVE_UP_SECONDS),
});
const [workflow] = resourcesOf<{ DefinitionString: string }>(
  stack.template,
  'AWS::StepFunctions::StateMachine',
);
const definition = JSON.parse(workflow?.properties.DefinitionString ?? '');
const HANDLERS = {
  CheckImportJob: checkImportJob,
  SummarizeImport: summarizeImport,
  OnImportEvent: onImportEvent,
  OnWatchEnded: onWatchEnded,
  Sweep: sweep,
};
const credentials = { accessKeyId: 'chaos', secretAccessKey: 'chaos' };
const connect = (service: ServiceName) => ({
  endpoint: ENDPOINTS[service],
  region: PLACE.region,
  credentials,
});
/** The state machine's own clients: it makes them once, as AWS does. */
const clients = {
  dynamoDB: new DynamoDBClient(connect('dynamodb')),
  eventBridge: new EventBridgeClient(connect('events')),
  sns: new SNSClient(connect('sns')),
};
/** The simulator's: HealthImaging's own reads and writes are none of our troubles. */
const simulatorS3 = new S3Client({ ...connect('healthimaging-s3'), forcePathStyle: true });

export const STUDY_FILES: Readonly<Record<Study, readonly StudyFile[]>> = {
  clean: writeStudy({ withBrokenFiles: false }).slice(0, 2),
  'some broken': [...writeStudy({ withBrokenFiles: false }).slice(0, 1), ...broken()],
  'all broken': broken(),
};
function broken(): StudyFile[] {
  return writeStudy().filter(({ name }) => name.startsWith('broken/'));
}

/** One thing that happened, for the timeline. */
export interface Moment {
  /** Seconds from the beginning of the run. */
  readonly at: number;
  readonly what: string;
}

/** A published event, with when it was put on the bus, in milliseconds since the epoch. */
export interface Published {
  readonly at: number;
  readonly detailType: string;
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: the three kinds of data that are published
  readonly data: any;
}

/** An import that was started. */
export interface StartedJob extends JobPlan, ImportJobId {
  readonly startedAt: number;
}

/** What of a world differs from what chaos needs. */
export interface WorldOptions {
  /** What HealthImaging allows; default: any number of requests. */
  readonly rates?: QuotaOverrides['rates'];
  /** Whether to keep the story, and the history of executions that have come further; default: yes. */
  readonly story?: boolean;
  /** Told of every answer that the functions got. */
  readonly onAnswer?: (service: ServiceName, request: Request, response: Response) => void;
}

const START = Date.UTC(2026, 0, 1);
let current: ChaosWorld | undefined;
prepareProcess();

/** One run's account: the synthesized stack, the simulated HealthImaging, and what goes wrong. */
export class ChaosWorld {
  readonly clock = new VirtualClock(START);
  readonly scenario: Scenario;
  readonly machine: LocalStateMachine;
  readonly schedules: readonly LocalSchedule[];
  readonly jobs: StartedJob[] = [];
  readonly published: Published[] = [];
  readonly emails: Message[] = [];
  /** Messages of dead-letter queues. */
  readonly deadLetters: { readonly queue: string; readonly body: unknown }[] = [];
  readonly timeline: Moment[] = [];
  readonly table: MemoryTable;
  readonly #options: WorldOptions;
  /** By the name of the job. */
  readonly #plans = new Map<string, JobPlan>();
  readonly #store = new MemoryStore();
  readonly #buses: EventBuses;
  readonly #dice: Dice;
  readonly #operations: ReturnType<typeof serviceOperations>;
  readonly #topic = memoryTopic((message) => {
    this.emails.push(message);
    this.tell(`email: ${message.subject}`);
  });
  readonly #handlers: Readonly<Record<string, (event: unknown) => Promise<unknown>>>;
  readonly #runs = new Map<string, number>();
  #simulator?: Simulator;

  private constructor(scenario: Scenario, options: WorldOptions) {
    this.scenario = scenario;
    this.#options = options;
    this.#dice = new Dice(scenario.seed + 1);
    this.table = new MemoryTable(START + scenario.deployedAt * 1000);
    this.#buses = new EventBuses(this.clock);
    const time = {
      now: () => this.clock.now() + scenario.skewSeconds * 1000,
      sleep: (ms: number) => this.clock.sleep(ms),
    };
    this.#handlers = Object.fromEntries(
      Object.entries(HANDLERS).map(([name, make]) => [
        name,
        make(time) as (event: unknown) => Promise<unknown>,
      ]),
    );
    this.machine = new LocalStateMachine({
      arn: workflow?.arn ?? '',
      definition,
      clock: this.clock,
      random: () => this.#dice.int(0, 1000) / 1000,
      keepSteps: options.story === false ? 20 : undefined,
      runTask: taskRunner({ ...clients, invoke: (arn, payload) => this.#invoke(nameOf(arn), payload) }),
      onStep: ({ execution, state, what, data }) => {
        const result =
          what === 'failed'
            ? (data as Error).name
            : what === 'succeeded' && state === 'Check import job'
              ? JSON.stringify({ ...(data as object), notice: undefined })
              : '';
        this.tell(`${short(execution)}: ${state} ${what} ${result}`);
      },
      onStatusChange: (execution) => {
        this.tell(`${short(execution.name)}: ${execution.status} (redriven ${execution.redriveCount} times)`);
        this.#tellStatus(statusEvent(this.machine, execution, this.clock.now()));
      },
    });
    this.#operations = serviceOperations(() => this.machine, this.#buses);
    this.schedules = addRules(stack.template, this.#buses, this.clock, {
      invoke: (name, event) => this.#invoke(name, event),
      // The stack has no topic for systems.
      publish: async () => undefined,
      send: async (queue, body) => {
        if (!queue.includes('DeadLetters')) return;
        this.tell(`dead letter in ${queue}`);
        this.deadLetters.push({ queue, body });
      },
    });
  }

  static async create(scenario: Scenario, options: WorldOptions = {}): Promise<ChaosWorld> {
    const world = new ChaosWorld(scenario, options);
    current = world;
    world.#simulator = await startSimulator({
      s3: simulatorS3,
      clock: world.clock,
      region: PLACE.region,
      accountId: PLACE.account,
      datastores: [...new Set([...DATASTORES, ...scenario.jobs.map(({ datastoreId }) => datastoreId)])],
      jobDurationSeconds: (name) => world.#plans.get(name)?.seconds ?? scenario.jobSeconds,
      quotas: { rates: { ...UNLIMITED, ...options.rates } },
      events: (event) => world.#deliver(event),
      listen: false,
      onProblem: (problem) => world.tell(`simulator: ${problem}`),
    });
    return world;
  }

  async stop(): Promise<void> {
    await this.#simulator?.stop();
    this.machine.stop();
    await this.clock.idle();
  }

  /** Seconds from the beginning of the run. */
  seconds(at = this.clock.now()): number {
    return (at - START) / 1000;
  }

  at(seconds: number): number {
    return START + seconds * 1000;
  }

  tell(what: string): void {
    if (this.#options.story === false) return;
    this.timeline.push({ at: this.seconds(), what });
  }

  async startJob(plan: JobPlan): Promise<void> {
    const name = `job-${this.jobs.length + 1}`;
    this.#plans.set(name, plan);
    const { datastoreId, study, fault } = plan;
    for (const { name: file, bytes } of STUDY_FILES[study]) {
      this.#store.objects.set(`/input/${name}/${file}`, bytes);
    }
    this.#simulator?.faults.job({ ...fault, jobName: name } satisfies JobFault);
    const response = await this.#ask({
      method: 'POST',
      path: `/startDICOMImportJob/datastore/${datastoreId}`,
      query: {},
      headers: {},
      body: JSON.stringify({
        clientToken: name,
        jobName: name,
        dataAccessRoleArn: 'arn:aws:iam::000000000000:role/DicomImport',
        inputS3Uri: `s3://input/${name}/`,
        outputS3Uri: 's3://output/imports/',
      }),
    });
    const { jobId } = JSON.parse(Buffer.from(response.body).toString());
    this.jobs.push({ ...plan, jobId, startedAt: this.clock.now() });
    this.tell(`${name} is ${short(jobId)}: ${study}, ${JSON.stringify(fault)}`);
  }

  /** Lets one thing go wrong, if it is one that happens at a time. */
  async disturb(disturbance: Disturbance): Promise<void> {
    switch (disturbance.kind) {
      case 'HealthImaging':
        this.#simulator?.faults.request({ ...disturbance.fault, forSeconds: disturbance.seconds });
        break;
      case 'forget item': {
        const job = this.jobs[disturbance.job];
        if (job) this.table.items.delete(`${job.datastoreId}/${job.jobId}`);
        break;
      }
      case 'swap task tokens': {
        const items = [...this.table.items.values()].filter((item) => item[WATCH_ITEM.taskToken]);
        const tokens = items.map((item) => item[WATCH_ITEM.taskToken] as object);
        items.forEach((item, i) => {
          item[WATCH_ITEM.taskToken] = (tokens[(i + 1) % tokens.length] ?? {}) as never;
        });
        break;
      }
      case 'forged event':
        this.#forge(disturbance.of);
        break;
      default:
        return;
    }
    this.tell(`trouble: ${JSON.stringify(disturbance)}`);
  }

  #forge(of: Extract<Disturbance, { kind: 'forged event' }>['of']): void {
    const [first] = this.jobs;
    const job = {
      'no such job': { datastoreId: DATASTORES[0], jobId: 'forged' },
      'another tenant': { datastoreId: FOREIGN_DATASTORE, jobId: first?.jobId ?? 'forged' },
      'end that did not come': { datastoreId: DATASTORES[0], ...first },
    }[of];
    this.#deliver({
      version: '0',
      id: 'forged',
      'detail-type': 'Import Job Completed',
      source: 'aws.medical-imaging',
      account: PLACE.account,
      time: new Date(this.clock.now()).toISOString(),
      region: PLACE.region,
      resources: [],
      detail: { datastoreId: job.datastoreId, jobId: job.jobId ?? 'forged', jobStatus: 'COMPLETED' },
    });
  }

  /** Events of HealthImaging reach nobody before the watcher is deployed. */
  #deliver(event: BusEvent): void {
    const { jobId } = event.detail as ImportJobId;
    const deployed = this.seconds() >= this.scenario.deployedAt;
    this.tell(`event of ${short(jobId)}: ${event['detail-type']}${deployed ? '' : ' (nobody is there)'}`);
    if (deployed) this.#buses.publish('default', event);
  }

  #tellStatus(event: BusEvent): void {
    const trouble = this.#now('status events');
    if (trouble?.how === 'lost') return;
    if (trouble?.how === 'an hour late') {
      void this.clock.run(async () => {
        await this.clock.sleep(3600_000);
        this.#buses.publish('default', event);
      });
      return;
    }
    for (let copies = trouble?.how === 'doubled' ? 2 : 1; copies > 0; copies--) {
      this.#buses.publish('default', event);
    }
  }

  /** The trouble of this kind that there is now, if any. */
  #now<K extends 'status events' | 'service'>(
    kind: K,
    fits: (disturbance: Extract<Disturbance, { kind: K }>) => boolean = () => true,
  ): Extract<Disturbance, { kind: K }> | undefined {
    const now = this.seconds();
    return this.scenario.disturbances.find(
      (each): each is Extract<Disturbance, { kind: K }> =>
        each.kind === kind &&
        'seconds' in each &&
        each.from <= now &&
        now < each.from + each.seconds &&
        fits(each as Extract<Disturbance, { kind: K }>),
    );
  }

  /** Runs a function as Lambda does: JSON in and out, and perhaps killed on the way. */
  #invoke(id: string, payload: unknown): Promise<unknown> {
    const [name, handler] = Object.entries(this.#handlers).find(([each]) => id.includes(each)) ?? [];
    if (!name || !handler) throw new Error(`there is no handler for ${id}`);
    const run = (this.#runs.get(name) ?? 0) + 1;
    this.#runs.set(name, run);
    const kill = this.scenario.disturbances.find(
      (each) => each.kind === 'kill' && each.functionName === name && each.invocation === run,
    ) as Extract<Disturbance, { kind: 'kill' }> | undefined;
    return new Promise((resolve, reject) => {
      const invocation = {
        functionName: name,
        calls: 0,
        killAt: kill,
        onKilled: () => {
          this.tell(`trouble: ${name} is killed ${kill?.when} call ${kill?.call}`);
          reject(named('Sandbox.Timedout', `${name} timed out`));
        },
      };
      const work = () => handler(JSON.parse(JSON.stringify(payload)));
      invocations.run(invocation, work).then(
        (result) => resolve(JSON.parse(JSON.stringify(result ?? null))),
        (error) => {
          this.tell(`${name} failed: ${(error as Error).name} ${(error as Error).message}`);
          reject(error);
        },
      );
    });
  }

  /** Answers what an SDK client sent, or lets it go wrong. */
  async answer(service: ServiceName, request: Request): Promise<Response> {
    const response = await this.#answer(service, request);
    this.#options.onAnswer?.(service, request, response);
    return response;
  }

  async #answer(service: ServiceName, request: Request): Promise<Response> {
    const trouble = this.#now('service', (each) => each.service === service);
    const how = trouble && this.#dice.chance(trouble.percent) ? trouble.how : undefined;
    switch (how) {
      case 'dropped':
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', name: 'TimeoutError' });
      case 'throttled':
      case 'denied':
        return refuse(service, how);
      case 'slow':
        await this.clock.sleep(5000);
        return this.#ask(request, service);
      case 'partly failed':
        return json(200, { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] });
      default: {
        const response = await this.#ask(request, service);
        if (how)
          throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', name: 'TimeoutError' });
        return response;
      }
    }
  }

  async #ask(request: Request, service: ServiceName = 'medical-imaging'): Promise<Response> {
    switch (service) {
      case 'dynamodb':
        return this.table.handle(request);
      case 's3':
      case 'healthimaging-s3':
        return this.#store.handle(request);
      case 'sns':
        return this.#topic(request);
      case 'medical-imaging':
        return this.#askHealthImaging(request);
      default:
        return this.#operate(request);
    }
  }

  #operate(request: Request): Response {
    const target = request.headers['x-amz-target'] ?? '';
    const input = JSON.parse(textOf(request));
    try {
      const operation = this.#operations[target];
      if (!operation) throw named('UnknownOperationException', target);
      const output = operation(input);
      if (target === 'AWSEvents.PutEvents') for (const entry of input.Entries) this.#publish(entry);
      return json(200, output);
    } catch (error) {
      return json(400, { __type: (error as Error).name, message: (error as Error).message });
    }
  }

  #publish({ Source, DetailType, Detail }: { Source: string; DetailType: string; Detail: string }): void {
    if (Source !== PUBLISHED.source) return;
    const { metadata, data } = JSON.parse(Detail);
    this.published.push({ at: this.clock.now(), detailType: DetailType, id: metadata.id, data });
    this.tell(`published: ${DetailType} ${short(metadata.id)} ${data.outcome ?? ''}`);
  }

  async #askHealthImaging({ method, path, query, headers, body }: Request): Promise<Response> {
    const listener = this.#simulator?.listener;
    if (!listener) throw new Error('the simulator is not there');
    const response = await inject(listener as Parameters<typeof inject>[0], {
      method: method as 'GET',
      url: path,
      query: query as Record<string, string>,
      headers,
      payload: body ? Buffer.from(body) : undefined,
    });
    return {
      statusCode: response.statusCode,
      headers: response.headers as Record<string, string>,
      body: response.rawPayload,
    };
  }
}

function refuse(service: ServiceName, how: ServiceTrouble): Response {
  const code = how === 'denied' ? 'AccessDeniedException' : 'ThrottlingException';
  switch (service) {
    case 's3':
    case 'healthimaging-s3':
      return how === 'denied' ? s3Error(403, 'AccessDenied') : s3Error(503, 'SlowDown');
    case 'sns':
      return {
        ...s3Error(how === 'denied' ? 403 : 400, code),
        body: Buffer.from(
          `<ErrorResponse><Error><Code>${code}</Code><Message>${code}</Message></Error></ErrorResponse>`,
        ),
      };
    case 'medical-imaging':
      return json(how === 'denied' ? 403 : 429, { message: code }, { 'x-amzn-errortype': code });
    default:
      return json(400, { __type: code, message: code });
  }
}

const UNLIMITED = Object.fromEntries(
  (['StartDICOMImportJob', 'GetDICOMImportJob', 'ListDICOMImportJobs', 'ListDatastores'] as const).map(
    (name) => [name, { perSecond: 1, burst: Number.POSITIVE_INFINITY }],
  ),
);

/** `7af0…` of an id of 32 characters, wherever it stands. */
export function short(text: string): string {
  return text.replace(/[0-9a-f]{32}/g, (id) =>
    id[0] === id[31] && id === id[0]?.repeat(32) ? `${id[0]}*` : id.slice(0, 4),
  );
}

/** What all runs of a process share: the environment of the functions, and a world without sockets, chance or sleep. */
function prepareProcess(): void {
  log.setLogLevel('SILENT');
  process.env.POWERTOOLS_METRICS_DISABLED = 'true';
  for (const { properties } of resourcesOf<{ Environment?: { Variables: Record<string, string> } }>(
    stack.template,
    'AWS::Lambda::Function',
  )) {
    Object.assign(process.env, properties.Environment?.Variables);
  }
  Object.assign(process.env, {
    AWS_REGION: PLACE.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_S3: ENDPOINTS.s3,
    AWS_ENDPOINT_URL_DYNAMODB: ENDPOINTS.dynamodb,
    AWS_ENDPOINT_URL_SFN: ENDPOINTS.states,
    AWS_ENDPOINT_URL_EVENTBRIDGE: ENDPOINTS.events,
    AWS_ENDPOINT_URL_SNS: ENDPOINTS.sns,
    AWS_ENDPOINT_URL_MEDICAL_IMAGING: ENDPOINTS['medical-imaging'],
  });
  replaceTransport((service, request) => {
    if (!current) throw new Error('there is no world');
    return current.answer(service, request);
  });
  // The SDK sleeps for a random time between its two attempts: not at all here, and always in the same order.
  Math.random = () => 0;
  // Nobody here checks signatures, and they take longer than all the rest of a call.
  SignatureV4.prototype.sign = async (request: unknown) => request as never;
}
