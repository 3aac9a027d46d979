import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SNSClient } from '@aws-sdk/client-sns';
import { SignatureV4 } from '@smithy/signature-v4';
import { Duration } from 'aws-cdk-lib';
import { parseDicomImportEvent } from '../../core/contract/events.ts';
import { DIGEST_ITEM, type ImportJobId, PUBLISHED, WATCH_ITEM } from '../../core/contract/names.ts';
import { checkImportJob } from '../../lambda/handlers/check-import-job.ts';
import { onImportEvent } from '../../lambda/handlers/on-import-event.ts';
import { onWatchEnded } from '../../lambda/handlers/on-watch-ended.ts';
import { sendDigests } from '../../lambda/handlers/send-digests.ts';
import { summarizeImport } from '../../lambda/handlers/summarize-import.ts';
import { sweep } from '../../lambda/handlers/sweep.ts';
import { log } from '../../lambda/runtime/log.ts';
import { EMAIL, synthesizeDemo } from '../../local/demo-stack.ts';
import { type BusEvent, EventBuses, eventTime } from '../../local/event-bus.ts';
import { statusEvent } from '../../local/executions.ts';
import { addRules, type LocalSchedule } from '../../local/rules.ts';
import { serviceOperations } from '../../local/services.ts';
import {
  type Execution,
  type ExecutionStatus,
  LocalStateMachine,
  named,
  type Step,
} from '../../local/state-machine.ts';
import { taskRunner } from '../../local/tasks.ts';
import { nameOf, PLACE, resourcesOf } from '../../local/template.ts';
import { type JobFault, type QuotaOverrides, type Simulator, startSimulator } from '../../simulator/index.ts';
import { VirtualClock } from '../../simulator/virtual-clock.ts';
import { type AlarmProperties, type Sample, samplesIn } from '../fixtures/alarms.ts';
import { newer } from '../fixtures/newer-definition.ts';
import { ByKey } from './by-key.ts';
import { withLines } from './hostile.ts';
import {
  clientOf,
  json,
  MemoryStore,
  MemoryTable,
  type Message,
  memoryTopic,
  type Request,
  type Response,
  textOf,
} from './memory.ts';
import { refuse } from './refuse.ts';
import {
  DATASTORES,
  Dice,
  type Disturbance,
  FOREIGN_DATASTORE,
  GIVE_UP_SECONDS,
  type JobPlan,
  LAG_SECONDS,
  OVERDUE_SECONDS,
  type Scenario,
  type StaleOperation,
} from './scenario.ts';
import { asOf, jobsAsOf, without } from './stale-reads.ts';
import { filesOf } from './studies.ts';
import { ENDPOINTS, invocations, replaceTransport, type ServiceName } from './transport.ts';

/** Who gets emails, with the storm guard on: each verdict, or the worst once an hour. */
export const ADDRESSES: readonly {
  readonly address: string;
  readonly every: 'verdict' | 'hour';
  readonly outcomes?: ('FAILED' | 'NOTHING_IMPORTED')[];
}[] = [
  { address: EMAIL, every: 'verdict' },
  { address: 'lead@hospital.example', every: 'hour', outcomes: ['FAILED', 'NOTHING_IMPORTED'] },
];
const stack = synthesizeDemo({
  emails: [...ADDRESSES],
  pollInterval: undefined,
  overdueAfter: Duration.seconds(OVERDUE_SECONDS),
  giveUpAfter: Duration.seconds(GIVE_UP_SECONDS),
});
const [workflow] = resourcesOf<{ DefinitionString: string }>(
  stack.template,
  'AWS::StepFunctions::StateMachine',
);
const definition = JSON.parse(workflow?.properties.DefinitionString ?? '');
const newerDefinition = newer(definition);
/** The alarms as they are deployed. */
export const ALARMS: readonly AlarmProperties[] = resourcesOf<AlarmProperties>(
  stack.template,
  'AWS::CloudWatch::Alarm',
).map(({ properties }) => properties);
const HANDLERS = {
  CheckImportJob: checkImportJob,
  SummarizeImport: summarizeImport,
  OnImportEvent: onImportEvent,
  OnWatchEnded: onWatchEnded,
  Sweep: sweep,
  SendDigests: sendDigests,
};
const subscriptions = resourcesOf<{ Endpoint: unknown; FilterPolicy: FilterPolicy }>(
  stack.template,
  'AWS::SNS::Subscription',
);
type FilterPolicy = Readonly<Record<string, readonly unknown[]>>;

/** Whether SNS hands a message on to an address. */
export function gets(address: string, { attributes }: Message): boolean {
  const { FilterPolicy } =
    subscriptions.find(({ properties }) => properties.Endpoint === address)?.properties ?? {};
  if (!FilterPolicy) throw new Error(`${address} does not subscribe`);
  return Object.entries(FilterPolicy).every(([name, allowed]) => {
    const { [name]: value } = attributes;
    if (value === undefined) return allowed.some((each) => typeof each === 'object');
    const values: unknown[] = value.startsWith('[') ? JSON.parse(value) : [value];
    return values.some((each) => allowed.includes(each));
  });
}

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

/** A message about one job. */
export interface Email extends Message {
  readonly at: number;
}

type Handler = (event: unknown, context: { readonly awsRequestId?: string | undefined }) => Promise<unknown>;

/** What calls of the table have in common. */
interface TableInput {
  readonly Key?: Readonly<Record<string, { readonly S?: string }>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, { readonly S?: string }>>;
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
  /** The data stores that exist. @default - those of chaos, and those of the jobs */
  readonly datastores?: readonly string[];
  /** Gets every step of an execution. */
  readonly onStep?: (step: Step) => void;
  /** Gets every answer that the functions and the state machine got. */
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
  readonly jobById = new Map<string, StartedJob>();
  readonly published: Published[] = [];
  /** By the id of the job. */
  readonly publishedOf = new ByKey<Published>();
  readonly emails: Email[] = [];
  /** By the id of the job that the subject names. */
  readonly emailsOf = new ByKey<Email>();
  /** Messages about many jobs, with the events that the table had for each when it was published. */
  readonly digests: (Message & { readonly at: number; readonly id: string; readonly holds: Set<string> })[] =
    [];
  /** Events of the digests of the address that gets each verdict. */
  readonly inDigests = new Set<string>();
  /** When the functions asked what was decided on an event: whether it gets an email of its own. */
  readonly asked: { readonly at: number; readonly eventId: string }[] = [];
  /** What was decided, by event. */
  readonly decided = new Map<string, { readonly at: number; readonly decision: string }>();
  /** Calls that were let fail, and deaths, of functions or else of the state machine. */
  readonly failures: { readonly at: number; readonly of: string }[] = [];
  /** Messages of dead-letter queues. */
  readonly deadLetters: { readonly at: number; readonly queue: string; readonly body: unknown }[] = [];
  /** What was done that must never be done, in plain sentences. */
  readonly forbidden: string[] = [];
  /** What was measured, where alarms are looked at. */
  readonly samples: Sample[] = [];
  readonly timeline: Moment[] = [];
  readonly table: MemoryTable;
  readonly store = new MemoryStore();
  readonly #options: WorldOptions;
  /** By the name of the job. */
  readonly #plans = new Map<string, JobPlan>();
  readonly #buses: EventBuses;
  readonly #dice: Dice;
  /** Of their own: ids are the same whatever else happens. */
  readonly #idDice: Dice;
  readonly #operations: ReturnType<typeof serviceOperations>;
  readonly #topic = memoryTopic((message) => {
    const at = this.clock.now();
    const { format = '' } = message.attributes;
    if (format.startsWith(DIGEST_ITEM.pending)) {
      const [, id = ''] = /^DIGEST (\S+):/.exec(message.subject) ?? [];
      const digest = { ...message, at, id, holds: this.#heldFor(format, id) };
      this.digests.push(digest);
      if (gets(EMAIL, digest)) for (const eventId of digest.holds) this.inDigests.add(eventId);
    } else {
      const [jobId = ''] = /[0-9a-z]+$/.exec(message.subject) ?? [];
      this.emails.push({ ...message, at });
      this.emailsOf.add(jobId, { ...message, at });
    }
    this.tell(`email: ${message.subject}`);
  }, ADDRESSES.length);
  /** Pages of lists that were named, and those of them that are to be refused. */
  readonly #pages = new Set<string>();
  #refusedPages = new Set<string>();
  readonly #handlers: Readonly<Record<string, Handler>>;
  /** How often each function was invoked. */
  readonly runs = new Map<string, number>();
  #simulator?: Simulator;

  private constructor(scenario: Scenario, options: WorldOptions) {
    this.scenario = scenario;
    this.#options = options;
    this.#dice = new Dice(scenario.seed + 1);
    this.#idDice = new Dice(scenario.seed + 2);
    this.table = new MemoryTable(START + scenario.deployedAt * 1000);
    this.#buses = new EventBuses(this.clock);
    const time = {
      now: () => this.clock.now() + scenario.skewSeconds * 1000,
      sleep: (ms: number) => this.clock.sleep(ms),
    };
    this.#handlers = Object.fromEntries(
      Object.entries(HANDLERS).map(([name, make]) => [name, make(time) as Handler]),
    );
    this.machine = new LocalStateMachine({
      arn: workflow?.arn ?? '',
      definition,
      clock: this.clock,
      random: () => this.#dice.int(0, 1000) / 1000,
      keepSteps: options.story === false ? 20 : undefined,
      runTask: taskRunner({ ...clients, invoke: (arn, payload) => this.#invoke(nameOf(arn), payload) }),
      onStep: (step) => {
        options.onStep?.(step);
        if (options.story === false) return;
        const { execution, state, what, data } = step;
        const result =
          what === 'failed'
            ? (data as Error).name
            : what === 'succeeded' && state === 'Check import job'
              ? JSON.stringify({ ...(data as object), notice: undefined })
              : '';
        this.tell(`${short(execution)}: ${state} ${what} ${result}`);
      },
      onStatusChange: (execution) => {
        if (options.story === false && execution.status === 'SUCCEEDED') forgetSteps(execution);
        this.tell(`${short(execution.name)}: ${execution.status} (redriven ${execution.redriveCount} times)`);
        const metric = ENDINGS[execution.status];
        if (metric) this.#sample(metric, 1, { StateMachineArn: this.machine.arn });
        this.#tellStatus(statusEvent(this.machine, execution, this.clock.now()));
      },
    });
    this.#operations = serviceOperations(() => this.#seen ?? this.machine, this.#buses);
    this.schedules = addRules(stack.template, this.#buses, this.clock, {
      invoke: (name, event, awsRequestId) => this.#invoke(name, event, awsRequestId),
      // The stack has no topic for systems.
      publish: async () => undefined,
      send: async (queue, body) => {
        if (!queue.includes('DeadLetters')) return;
        this.tell(`dead letter in ${queue}`);
        this.deadLetters.push({ at: this.clock.now(), queue, body });
        this.#sample('ApproximateNumberOfMessagesVisible', this.deadLetters.length, { QueueName: queue });
      },
    });
  }

  static async create(scenario: Scenario, options: WorldOptions = {}): Promise<ChaosWorld> {
    const world = new ChaosWorld(scenario, options);
    current = world;
    process.env.POWERTOOLS_METRICS_DISABLED = String(scenario.alarms === undefined);
    world.#simulator = await startSimulator({
      s3: clientOf(world.store, (path, bytes) => world.#write(path, bytes)),
      clock: world.clock,
      region: PLACE.region,
      accountId: PLACE.account,
      datastores: [
        ...(options.datastores ?? new Set([...DATASTORES, ...scenario.jobs.map((job) => job.datastoreId)])),
      ],
      newJobId: () => world.#newId(),
      jobDurationSeconds: (name) => world.#plans.get(name)?.seconds ?? scenario.jobSeconds,
      quotas: scenario.realQuotas ? {} : { rates: { ...UNLIMITED, ...options.rates } },
      lists: scenario.lists,
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
    for (const { name: file, bytes } of filesOf(plan)) this.store.put(`/input/${name}/${file}`, bytes);
    this.#simulator?.faults.job({ ...fault, jobName: name, times: 1 } satisfies JobFault);
    const request = {
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
    };
    let response = await this.#ask(request);
    // Whoever starts imports has to wait where HealthImaging allows no more of them now.
    while ([402, 429].includes(response.statusCode)) {
      await this.clock.sleep(1000);
      response = await this.#ask(request);
    }
    const { jobId } = JSON.parse(Buffer.from(response.body).toString());
    const job = { ...plan, jobId, startedAt: this.clock.now() };
    this.jobs.push(job);
    this.jobById.set(jobId, job);
    // Of a million studies none stays that was imported.
    if (plan.studies) void this.#clearInput(name, plan.seconds ?? this.scenario.jobSeconds);
    this.tell(`${name} is ${short(jobId)}: ${study}, ${JSON.stringify(fault)}`);
  }

  #clearInput(name: string, seconds: number): Promise<void> {
    return this.clock.run(async () => {
      await this.clock.sleep((seconds + 60) * 1000);
      for (const path of this.store.list(`/input/${name}/`)) this.store.delete(path);
    });
  }

  /** What the table has for a digest, and was not cleared away. */
  #heldFor(partition: string, id: string): Set<string> {
    const items = [...this.table.partition(partition)].filter(
      ([, item]) => item[DIGEST_ITEM.digest]?.S === id && item[DIGEST_ITEM.entry],
    );
    return new Set(items.map(([eventId]) => eventId));
  }

  /** Events that wait for a digest. */
  get pending(): number {
    const pending = [...this.table.partitions].filter(([name]) => name.startsWith(DIGEST_ITEM.pending));
    return pending.reduce(
      (sum, [, items]) => sum + [...items.values()].filter((item) => item[DIGEST_ITEM.entry]).length,
      0,
    );
  }

  /** Lets one thing go wrong, if it is one that happens at a time. */
  async disturb(disturbance: Disturbance): Promise<void> {
    switch (disturbance.kind) {
      case 'HealthImaging':
        this.#simulator?.faults.request({ ...disturbance.fault, forSeconds: disturbance.seconds });
        break;
      case 'forget item': {
        const job = this.jobs[disturbance.job];
        if (job) this.table.delete({ datastoreId: { S: job.datastoreId }, jobId: { S: job.jobId } });
        break;
      }
      case 'swap task tokens': {
        const items = [...this.table.items()].filter((item) => item[WATCH_ITEM.taskToken]);
        const tokens = items.map((item) => item[WATCH_ITEM.taskToken] as object);
        items.forEach((item, i) => {
          item[WATCH_ITEM.taskToken] = (tokens[(i + 1) % tokens.length] ?? {}) as never;
        });
        break;
      }
      case 'forged event':
        this.#forge(disturbance.of);
        break;
      case 'page tokens':
        this.#refusedPages = new Set(this.#pages);
        break;
      case 'rollback':
        this.machine.update(newerDefinition);
        void this.clock.run(async () => {
          await this.clock.sleep(disturbance.seconds * 1000);
          this.machine.update(definition);
        });
        break;
      default:
        return;
    }
    this.tell(`trouble: ${JSON.stringify(disturbance)}`);
  }

  #newId(): string {
    const digits = () => this.#idDice.int(0, 0xffff).toString(16).padStart(4, '0');
    return Array.from({ length: 8 }, digits).join('');
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

  /** Whether nothing fires this schedule now. */
  isStopped(of: 'all jobs' | 'running jobs' | 'digests'): boolean {
    return this.#now('schedule', (each) => each.of === of) !== undefined;
  }

  /** The trouble of this kind that there is now, if any. */
  #now<K extends 'status events' | 'service' | 'stale read' | 'function' | 'schedule' | 'deaths'>(
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
  #invoke(id: string, payload: unknown, awsRequestId?: string): Promise<unknown> {
    const [name, handler] = Object.entries(this.#handlers).find(([each]) => id.includes(each)) ?? [];
    if (!name || !handler) throw new Error(`there is no handler for ${id}`);
    if (this.#now('function', ({ functionName }) => functionName === name)) {
      this.failures.push({ at: this.clock.now(), of: name });
      return Promise.reject(named('Runtime.ExitError', `${name} exited`));
    }
    const run = (this.runs.get(name) ?? 0) + 1;
    this.runs.set(name, run);
    const kill = this.scenario.disturbances.find(
      (each) => each.kind === 'kill' && each.functionName === name && each.invocation === run,
    ) as Extract<Disturbance, { kind: 'kill' }> | undefined;
    return new Promise((resolve, reject) => {
      const invocation = {
        functionName: name,
        calls: 0,
        dead: false,
        dies: (call: number, service: ServiceName, request: Request) =>
          kill?.call === call ? kill.when : this.#diesAt(name, service, request),
        onKilled: (call: number, when: string) => {
          this.failures.push({ at: this.clock.now(), of: name });
          this.tell(`trouble: ${name} is killed ${when} call ${call}`);
          reject(named('Sandbox.Timedout', `${name} timed out`));
        },
      };
      const work = () => handler(JSON.parse(JSON.stringify(payload)), { awsRequestId });
      invocations.run(invocation, work).then(
        (result) => resolve(JSON.parse(JSON.stringify(result ?? null))),
        (error) => {
          this.tell(`${name} failed: ${(error as Error).name} ${(error as Error).message}`);
          reject(error);
        },
      );
    });
  }

  #diesAt(functionName: string, service: ServiceName, request: Request): 'before' | 'after' | undefined {
    const deaths = this.#now('deaths', (each) => each.functionName === functionName);
    if (!deaths) return undefined;
    const { oneIn, oneInOfMany = oneIn } = deaths;
    const ofMany =
      service === 'dynamodb' &&
      operationOf(request) === 'UpdateItem' &&
      JSON.parse(textOf(request)).Key[WATCH_ITEM.sortKey].S !== DIGEST_ITEM.run;
    const dies = this.#dice.int(1, ofMany ? oneInOfMany : oneIn) === 1;
    return dies ? this.#dice.pick(['before', 'after'] as const) : undefined;
  }

  /** Answers what an SDK client sent, or lets it go wrong. */
  async answer(
    service: ServiceName,
    request: Request,
    functionName = 'the state machine',
  ): Promise<Response> {
    const response = await this.#answer(service, request, functionName);
    this.#options.onAnswer?.(service, request, response);
    return response;
  }

  async #answer(service: ServiceName, request: Request, functionName: string): Promise<Response> {
    const trouble = this.#now(
      'service',
      (each) => each.service === service && (each.operation ?? operationOf(request)) === operationOf(request),
    );
    const how = trouble && this.#dice.chance(trouble.percent) ? trouble.how : undefined;
    if (how) this.failures.push({ at: this.clock.now(), of: functionName });
    switch (how) {
      case 'dropped':
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', name: 'TimeoutError' });
      case 'throttled':
      case 'denied':
        return refuse(service, how);
      case 'slow':
        // It writes many items side by side: the clock takes a thread for asleep or awake as a whole.
        if (functionName !== 'SendDigests') await this.clock.sleep(5000);
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
        return this.#askTable(request);
      case 's3':
        return this.store.handle(request);
      case 'sns':
        return this.#topic(request);
      case 'medical-imaging':
        await this.#waitForPage(request);
        return this.#refusePage(request) ?? this.#list(request) ?? this.#askHealthImaging(request);
      default:
        return this.#operate(request);
    }
  }

  #askTable(request: Request): Response {
    const response = this.table.handle(request);
    if (response.statusCode === 200) {
      this.#lookAtDecision(operationOf(request), JSON.parse(textOf(request)));
    }
    return response;
  }

  #lookAtDecision(
    operation: string | undefined,
    { Key, ExpressionAttributeValues: values }: TableInput,
  ): void {
    if (Key?.[WATCH_ITEM.partitionKey]?.S !== DIGEST_ITEM.decisions) return;
    const about = { at: this.clock.now(), eventId: Key[WATCH_ITEM.sortKey]?.S ?? '' };
    if (operation === 'GetItem') this.asked.push(about);
    else this.decided.set(about.eventId, { ...about, decision: values?.[':d']?.S ?? '' });
  }

  /** What the table answers a client whose calls do not become requests. @throws Error with DynamoDB's name for it. */
  async operateTable(operation: string, input: TableInput): Promise<object> {
    const output = this.table.operate(operation, input);
    this.#lookAtDecision(operation, input);
    return output;
  }

  /** HealthImaging's own writes: beside them stands what a job is to have of lines that nobody expects. */
  #write(path: string, bytes: Uint8Array): void {
    this.store.put(path, bytes);
    const [, folder = '', jobId = '', file] = /^(.*-DicomImport-([0-9a-z]+)\/)(.+)$/.exec(path) ?? [];
    const { hostile } = this.jobById.get(jobId) ?? {};
    if (!hostile || ![hostile.file, 'job-output-manifest.json'].includes(file ?? '')) return;
    const key = folder + hostile.file;
    // With the manifest come lists that have no other line.
    const lines = file === hostile.file ? bytes : undefined;
    if (lines || !this.store.has(key)) this.store.put(key, withLines(lines ?? new Uint8Array(), hostile));
  }

  #stale(operation: StaleOperation) {
    return this.#now('stale read', (each) => each.operation === operation)?.how;
  }

  async #waitForPage({ path }: Request): Promise<void> {
    const { secondsPerPage = 0 } = this.scenario.lists ?? {};
    if (secondsPerPage > 0 && path.startsWith('/listDICOMImportJobs/')) {
      await this.clock.sleep(secondsPerPage * 1000);
    }
  }

  #refusePage({ query: { nextToken } }: Request): Response | undefined {
    if (!this.#refusedPages.has(String(nextToken))) return undefined;
    this.#refusedPages.clear();
    const headers = { 'x-amzn-errortype': 'ValidationException' };
    return json(400, { message: 'Invalid nextToken' }, headers);
  }

  /** A list of jobs that is not as it should be. */
  #list(request: Request): Promise<Response> | undefined {
    const how = this.#stale('ListDICOMImportJobs');
    if (!how || !request.path.startsWith('/listDICOMImportJobs/')) return undefined;
    return this.#staleList(request, how);
  }

  async #staleList({ query, ...request }: Request, how: 'lags' | 'misses'): Promise<Response> {
    const { jobStatus, ...rest } = query;
    const response = await this.#askHealthImaging({ ...request, query: how === 'lags' ? rest : query });
    if (response.statusCode !== 200) return response;
    const { jobSummaries, ...page } = JSON.parse(Buffer.from(response.body).toString());
    const seen =
      how === 'misses'
        ? jobSummaries.filter(() => this.#dice.chance(50))
        : jobsAsOf<{ submittedAt: number; endedAt?: number; jobStatus: string }>(
            jobSummaries,
            this.clock.now() / 1000 - LAG_SECONDS,
          ).filter((job) => job.jobStatus === (jobStatus ?? job.jobStatus));
    const body = { ...page, jobSummaries: seen };
    return { ...response, body: Buffer.from(JSON.stringify(body)) };
  }

  /** What a read of the state machine sees, where that is not what there is. */
  #seen: LocalStateMachine | undefined;

  #see(operation: string): LocalStateMachine | undefined {
    if (operation !== 'ListExecutions' && operation !== 'DescribeExecution') return undefined;
    const how = this.#stale(operation);
    if (!how) return undefined;
    return how === 'lags'
      ? asOf(this.machine, this.clock.now() - LAG_SECONDS * 1000)
      : without(this.machine, () => this.#dice.chance(50));
  }

  #operate(request: Request): Response {
    const target = request.headers['x-amz-target'] ?? '';
    const input = JSON.parse(textOf(request));
    if (target.endsWith('.SendTaskSuccess')) this.#lookAtNews(JSON.parse(input.output));
    try {
      const operation = this.#operations[target];
      if (!operation) throw named('UnknownOperationException', target);
      this.#seen = this.#see(operationOf(request) ?? '');
      const output = operation(input);
      if (target === 'AWSEvents.PutEvents') for (const entry of input.Entries) this.#publish(entry);
      return json(200, output);
    } catch (error) {
      return json(400, { __type: (error as Error).name, message: (error as Error).message });
    } finally {
      this.#seen = undefined;
    }
  }

  /** A watch is woken by an end and by nothing else: a job that runs would be asked for at each sweep. */
  #lookAtNews({ jobStatus }: { jobStatus: string }): void {
    if (jobStatus === 'COMPLETED' || jobStatus === 'FAILED') return;
    this.forbidden.push(`a watch was woken because its job is ${jobStatus}`);
  }

  /** @param line - of the log of a function. */
  measure(line: string): void {
    this.samples.push(...samplesIn(line, this.clock.now() / 1000));
  }

  #sample(name: string, value: number, dimensions: Sample['dimensions'] & object): void {
    if (this.scenario.alarms) this.samples.push({ name, value, at: this.clock.now() / 1000, dimensions });
  }

  #publish({ Source, DetailType, Detail }: { Source: string; DetailType: string; Detail: string }): void {
    if (Source !== PUBLISHED.source) return;
    const { metadata, data } = JSON.parse(Detail);
    try {
      parseDicomImportEvent({
        version: '0',
        id: metadata.id,
        source: Source,
        account: PLACE.account,
        time: eventTime(this.clock.now()),
        region: PLACE.region,
        resources: [],
        'detail-type': DetailType,
        detail: { metadata, data },
      });
    } catch (error) {
      this.forbidden.push(`${metadata?.id} is not as the contract has it: ${(error as Error).message}`);
    }
    const event = { at: this.clock.now(), detailType: DetailType, id: metadata.id, data };
    this.published.push(event);
    this.publishedOf.add(data.jobId, event);
    this.tell(`published: ${DetailType} ${short(metadata.id)} ${data.outcome ?? ''}`);
  }

  async #askHealthImaging({ method, path, query, headers, body }: Request): Promise<Response> {
    const url = `${path}?${new URLSearchParams(query as Record<string, string>)}`;
    const answer = await this.#simulator?.answer({
      method,
      url,
      headers,
      body: body === undefined ? '' : textOf({ body }),
    });
    if (!answer)
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', name: 'TimeoutError' });
    const [, nextToken] = /"nextToken":"([^"]+)"/.exec(answer.body) ?? [];
    if (nextToken) this.#pages.add(nextToken);
    return { statusCode: answer.status, headers: answer.headers, body: Buffer.from(answer.body) };
  }
}

/** The operation of a request; undefined where its path tells it. */
function operationOf(request: Request): string | undefined {
  const target = request.headers['x-amz-target']?.split('.').at(-1);
  return target ?? /^Action=(\w+)/.exec(request.method === 'POST' ? textOf(request) : '')?.[1];
}

/** Of executions that came to their end well, what happened in them is what takes most of the memory. */
function forgetSteps({ steps, history }: Execution): void {
  (steps as unknown[]).length = 0;
  const changes = history.filter((each) => 'status' in each);
  (history as unknown[]).splice(0, Number.POSITIVE_INFINITY, ...changes);
}

/** The metrics of Step Functions that count how executions end. */
const ENDINGS: Readonly<Partial<Record<ExecutionStatus, string>>> = {
  FAILED: 'ExecutionsFailed',
  TIMED_OUT: 'ExecutionsTimedOut',
  ABORTED: 'ExecutionsAborted',
};

const UNLIMITED = Object.fromEntries(
  (['StartDICOMImportJob', 'GetDICOMImportJob', 'ListDICOMImportJobs', 'ListDatastores'] as const).map(
    (name) => [name, { perSecond: 1, burst: Number.POSITIVE_INFINITY }],
  ),
);

/** Whether the address that gets each verdict got this event in a digest. */
export function isInDigest({ inDigests }: ChaosWorld, eventId: string): boolean {
  return inDigests.has(eventId);
}

/** `7af0…` of an id of 32 characters, wherever it stands. */
export function short(text: string): string {
  return text.replace(/[0-9a-f]{32}/g, (id) =>
    id[0] === id[31] && id === id[0]?.repeat(32) ? `${id[0]}*` : id.slice(0, 4),
  );
}

/** What all runs of a process share: the environment of the functions, and a world without sockets, chance or sleep. */
function prepareProcess(): void {
  log.setLogLevel('SILENT');
  // What is measured is one line of the log, which is the console of the process here.
  process.env.POWERTOOLS_DEV = 'true';
  const { log: print } = console;
  console.log = (...text) => {
    const [line] = text;
    if (typeof line === 'string' && line.startsWith('{"_aws"')) current?.measure(line);
    else print(...text);
  };
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
  replaceTransport((service, request, functionName) => {
    if (!current) throw new Error('there is no world');
    return current.answer(service, request, functionName);
  });
  // The SDK sleeps for a random time between its two attempts: not at all here, and always in the same order.
  Math.random = () => 0;
  // Nobody here checks signatures, and they take longer than all the rest of a call.
  SignatureV4.prototype.sign = async (request: unknown) => request as never;
}
