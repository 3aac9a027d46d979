import { WATCH_ITEM } from '../../core/contract/names.ts';
import type { Rounds } from '../../core/domain/watch/sweep.ts';
import { ServiceError } from '../../simulator/errors.ts';
import { defaultQuotas, TokenBucket } from '../../simulator/quotas.ts';
import type { VirtualClock } from '../../simulator/virtual-clock.ts';
import { json, MemoryTable, type Request, type Response, textOf } from '../chaos/memory.ts';
import type { ServiceName } from '../chaos/transport.ts';
import { VERDICT_SECONDS } from './lag/watcher.ts';
import type { ScaleScenario } from './scale-plan.ts';

const DAY_MS = 24 * 3600_000;
/** What each call takes. */
const CALL_MS = 100;
/** How long a watch takes from its news to its verdict. */
const VERDICT_MS = 1000 * VERDICT_SECONDS;
export const SHORT_MS = 20_000;

/** The item with how far sweeps have come. */
const POSITION = { datastoreId: { S: 'sweep' }, jobId: { S: 'position' } };

export interface ScaleJob {
  readonly datastoreId: string;
  readonly jobId: string;
  readonly submittedAt: number;
  readonly isShort: boolean;
  endedAt?: number;
  isWatched: boolean;
  foundAt?: number;
}

/** Calls of HealthImaging and Step Functions, and items that were read and written. */
export interface Counts {
  lists: number;
  gets: number;
  executionPages: number;
  reads: number;
  writes: number;
}
const newCounts = (): Counts => ({ lists: 0, gets: 0, executionPages: 0, reads: 0, writes: 0 });

/** The jobs of a data store, each list the oldest first. */
interface Datastore {
  readonly all: ScaleJob[];
  readonly ended: ScaleJob[];
  readonly running: Set<ScaleJob>;
}

/**
 * An account at scale: HealthImaging's lists with its quotas, the executions and the table, as far as sweeps ask. The
 * simulator reads whole files, and looks through all jobs for each page: a million jobs are too many for it.
 */
export class ScaleAccount {
  readonly datastores = new Map<string, Datastore>();
  throttled = 0;
  /** Lists of each second. */
  readonly seconds = new Map<number, number>();
  readonly #clock: VirtualClock;
  readonly #jobs = new Map<string, ScaleJob>();
  /** In the order in which they were started; undefined where they have ended. */
  readonly #executions: (ScaleJob | undefined)[] = [];
  readonly #executionOf = new Map<ScaleJob, number>();
  readonly #table: MemoryTable;
  readonly #lists: TokenBucket;
  readonly #gets: TokenBucket;
  readonly #executionLists: TokenBucket;
  #started = 0;

  constructor(clock: VirtualClock, { running, history, datastores }: ScaleScenario) {
    this.#clock = clock;
    this.#table = new MemoryTable(clock.now() - 100 * DAY_MS);
    this.#lists = new TokenBucket(defaultQuotas.rates.ListDICOMImportJobs, clock);
    this.#gets = new TokenBucket(defaultQuotas.rates.GetDICOMImportJob, clock);
    // Of us-east-1, us-west-2 and eu-west-1 (docs/healthimaging.md#12-step-functions).
    this.#executionLists = new TokenBucket({ perSecond: 5, burst: 200 }, clock);
    const ids = Array.from({ length: datastores }, (_, i) => String(i).padStart(32, '0'));
    for (const id of ids) this.datastores.set(id, { all: [], ended: [], running: new Set() });
    const now = clock.now();
    const length = (running + 1) * 1000;
    const at = (index: number) => now - length - (90 * DAY_MS - length) * (1 - index / history);
    for (let i = 0; i < history; i++) {
      const job = this.#add(ids[i % datastores] ?? '', at(i), false);
      this.#end(job, at(i) + 60_000);
      job.foundAt = job.endedAt;
      this.#jobs.delete(job.jobId);
    }
    for (let i = 0; i < running; i++) {
      this.#watch(this.#add(ids[i % datastores] ?? '', now - (running - i) * 1000, false));
    }
  }

  /** One second of an account: a job begins and one ends, and now and then a short one begins. */
  pass(second: number): void {
    const ids = [...this.datastores.keys()];
    const id = ids[second % ids.length] ?? '';
    const oldest = first(this.#datastore(id).running, ({ isShort }) => !isShort);
    if (oldest) this.#end(oldest, this.#clock.now());
    this.#add(id, this.#clock.now(), false);
    if (second % 30 !== 0) return;
    const job = this.#add(id, this.#clock.now(), true);
    void this.#clock.run(async () => {
      await this.#clock.sleep(SHORT_MS);
      this.#end(job, this.#clock.now());
    });
  }

  /** All that is recent was seen a moment ago. @param fullAt - when the last full round began. */
  begin(fullAt: number): void {
    const recent = Object.fromEntries([...this.datastores.keys()].map((id) => [id, this.#clock.now()]));
    const rounds = { S: JSON.stringify({ recent, fullAt } satisfies Rounds) };
    this.#table.put({ ...POSITION, [WATCH_ITEM.rounds]: rounds });
  }

  /** What a full round has still to read. */
  get pagesLeft(): number {
    const item = this.#table.get(POSITION);
    const { full } = JSON.parse(item?.[WATCH_ITEM.rounds]?.S ?? '') as Rounds;
    return (full?.lists ?? []).reduce((sum, { datastoreId, jobStatus, nextToken }) => {
      const before = nextToken ?? this.#list(datastoreId, jobStatus).length;
      return sum + Math.max(1, Math.ceil(Number(before) / 50));
    }, 0);
  }

  /** Jobs that ended since the account is swept. */
  get ended(): ScaleJob[] {
    return [...this.#jobs.values()].filter(({ endedAt }) => endedAt !== undefined);
  }

  /** @param counts - of whoever asks. */
  async answer(service: ServiceName, request: Request, counts: Counts = newCounts()): Promise<Response> {
    await this.#clock.sleep(CALL_MS);
    try {
      if (service === 'medical-imaging') return this.#healthImaging(request, counts);
      if (service === 'dynamodb') return this.#dynamoDB(request, counts);
      return json(200, this.#stepFunctions(request, counts));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      this.throttled++;
      return json(429, { message: 'Rate exceeded' }, { 'x-amzn-errortype': 'ThrottlingException' });
    }
  }

  #add(datastoreId: string, submittedAt: number, isShort: boolean): ScaleJob {
    const jobId = String(this.#started++);
    const job: ScaleJob = { datastoreId, jobId, submittedAt, isShort, isWatched: false };
    const { all, running } = this.#datastore(datastoreId);
    all.push(job);
    running.add(job);
    this.#jobs.set(jobId, job);
    return job;
  }

  #end(job: ScaleJob, at: number): void {
    const { ended, running } = this.#datastore(job.datastoreId);
    job.endedAt = at;
    running.delete(job);
    ended.push(job);
  }

  #watch(job: ScaleJob): void {
    if (job.isWatched) return;
    job.isWatched = true;
    this.#executionOf.set(job, this.#executions.push(job) - 1);
    if (job.endedAt !== undefined) this.#find(job);
  }

  #find(job: ScaleJob): void {
    job.foundAt ??= this.#clock.now();
    void this.#clock.run(async () => {
      await this.#clock.sleep(VERDICT_MS);
      this.#executions[this.#executionOf.get(job) ?? -1] = undefined;
    });
  }

  #isSettled(job: ScaleJob | undefined): boolean {
    return job === undefined || (job.foundAt !== undefined && this.#clock.now() >= job.foundAt + VERDICT_MS);
  }

  #list(datastoreId: string, jobStatus: string | undefined): readonly ScaleJob[] {
    const { all, ended, running } = this.#datastore(datastoreId);
    if (jobStatus === undefined) return all;
    return jobStatus === 'COMPLETED' ? ended : jobStatus === 'IN_PROGRESS' ? [...running] : [];
  }

  #datastore(id: string): Datastore {
    const datastore = this.datastores.get(id);
    if (!datastore) throw new Error(`there is no data store ${id}`);
    return datastore;
  }

  #healthImaging({ path, query }: Request, counts: Counts): Response {
    const [, operation, , datastoreId = '', , jobId = ''] = path.split('/');
    const described = ({ isShort: _, isWatched, foundAt, submittedAt, endedAt, ...job }: ScaleJob) => ({
      ...job,
      jobName: '',
      jobStatus: endedAt === undefined ? 'IN_PROGRESS' : 'COMPLETED',
      submittedAt: submittedAt / 1000,
      ...(endedAt && { endedAt: endedAt / 1000 }),
    });
    if (operation === 'getDICOMImportJob') {
      this.#gets.take();
      counts.gets++;
      const job = this.#jobs.get(jobId);
      if (!job) throw new Error('a job of history is not read by its id');
      return json(200, { jobProperties: described(job) });
    }
    this.#lists.take();
    counts.lists++;
    const second = Math.floor(this.#clock.now() / 1000);
    this.seconds.set(second, (this.seconds.get(second) ?? 0) + 1);
    const jobs = this.#list(datastoreId, String(query.jobStatus ?? '') || undefined);
    const before = Number(query.nextToken ?? jobs.length);
    const page = jobs.slice(Math.max(0, before - 50), before).reverse();
    return json(200, {
      jobSummaries: page.map(described),
      ...(before > 50 && { nextToken: String(before - 50) }),
    });
  }

  #dynamoDB(request: Request, counts: Counts): Response {
    const operation = request.headers['x-amz-target']?.split('.').at(-1);
    const input = JSON.parse(textOf(request));
    const own = ({ datastoreId }: { datastoreId: { S: string } }) => !this.datastores.has(datastoreId.S);
    if (operation === 'BatchGetItem') {
      const [[name = '', { Keys }]] = Object.entries(input.RequestItems) as [
        [string, { Keys: { datastoreId: { S: string }; jobId: { S: string } }[] }],
      ];
      counts.reads += Keys.length;
      return json(200, { Responses: { [name]: Keys.map((key) => this.#item(key)) } });
    }
    if (operation === 'GetItem' && !own(input.Key)) {
      counts.reads++;
      return json(200, { Item: this.#item(input.Key) });
    }
    counts[operation === 'GetItem' || operation === 'Query' ? 'reads' : 'writes'] += 1;
    return this.#table.handle(request);
  }

  #item(key: { readonly datastoreId: { S: string }; readonly jobId: { S: string } }) {
    const job = this.#jobs.get(key.jobId.S);
    return {
      ...key,
      ...(this.#isSettled(job) && { [WATCH_ITEM.outcome]: { S: 'SUCCEEDED' } }),
      ...(job?.isWatched && { [WATCH_ITEM.taskToken]: { S: job.jobId } }),
    };
  }

  #stepFunctions(request: Request, counts: Counts): object {
    const operation = request.headers['x-amz-target']?.split('.').at(-1);
    const input = JSON.parse(textOf(request));
    switch (operation) {
      case 'ListExecutions': {
        this.#executionLists.take();
        counts.executionPages++;
        if (input.statusFilter !== 'RUNNING') return { executions: [] };
        return this.#page(Number(input.nextToken ?? this.#executions.length), input.maxResults);
      }
      case 'StartExecution': {
        const job = this.#jobs.get(JSON.parse(input.input).jobId);
        if (job) this.#watch(job);
        return { executionArn: input.name, startDate: this.#clock.now() / 1000 };
      }
      case 'SendTaskSuccess': {
        const job = this.#jobs.get(input.taskToken);
        if (job) this.#find(job);
        return {};
      }
      default:
        return { status: 'RUNNING', startDate: this.#clock.now() / 1000 };
    }
  }

  #page(before: number, size: number): object {
    const executions: object[] = [];
    let index = before;
    while (index > 0 && executions.length < size) {
      const job = this.#executions[--index];
      if (job) {
        executions.push({ name: `${job.datastoreId}-${job.jobId}`, startDate: job.submittedAt / 1000 });
      }
    }
    return { executions, ...(index > 0 && { nextToken: String(index) }) };
  }
}

function first<T>(all: Iterable<T>, fits: (one: T) => boolean): T | undefined {
  for (const one of all) if (fits(one)) return one;
  return undefined;
}
