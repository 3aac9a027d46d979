import { HISTORY_BUDGET } from '../../core/contract/history-budget.ts';
import { ERRORS, type Outcome, PUBLISHED } from '../../core/contract/names.ts';
import {
  DEFAULT_LONGEST_POLL_INTERVAL_SECONDS,
  DEFAULT_POLL_INTERVAL_SECONDS,
  intervalAt,
} from '../../core/contract/poll-schedule.ts';
import { failureId } from '../../core/domain/watch/repair.ts';
import type { Execution } from '../../local/state-machine.ts';
import { delaysOf } from '../../simulator/manifest.ts';
import { untrueDigests } from './digests.ts';
import { untrueEmails } from './emails.ts';
import { ofAlarms, ofDeadLetters } from './net.ts';
import {
  calmAfter,
  type Disturbance,
  deniesS3,
  GIVE_UP_SECONDS,
  isGivenUp,
  OVERDUE_SECONDS,
  type Scenario,
  type Study,
} from './scenario.ts';
import { type ChaosWorld, isInDigest, type Published, type StartedJob, short } from './world.ts';

interface Truth {
  readonly outcome: Outcome;
  readonly scanned: number;
  readonly imported: number;
  readonly rejected: number;
}

/** What a study comes to when HealthImaging imports it and its manifest can be read. */
const TRUTH: Readonly<Record<Study, Truth>> = {
  clean: { outcome: 'SUCCEEDED', scanned: 2, imported: 2, rejected: 0 },
  'some broken': { outcome: 'PARTIALLY_FAILED', scanned: 3, imported: 1, rejected: 2 },
  'all broken': { outcome: 'NOTHING_IMPORTED', scanned: 2, imported: 0, rejected: 2 },
};

/** HealthImaging fails on the first two files, which are the broken ones where there are such. */
const TRUTH_WITH_SERVER_ERRORS: Readonly<Record<Study, Truth>> = { ...TRUTH, clean: TRUTH['all broken'] };

const MINUTE = 60;
const MANIFEST_GRACE = 5 * MINUTE;

/** What of a run is not as it must be, in plain sentences; empty when all is well. */
export function violations(world: ChaosWorld): string[] {
  const { jobs, published } = world;
  const wrong: string[] = [];
  for (const job of jobs) wrong.push(...ofJob(world, job));
  // Of what a newer version left in the state an older one may not be able to read that no job was found.
  const unreadable = world.scenario.disturbances.some(({ kind }) => kind === 'rollback');
  const known = new Set(jobs.map(({ datastoreId, jobId }) => `${datastoreId}-${jobId}`));
  for (const { detailType, data, id } of published) {
    if (detailType === PUBLISHED.watchFailed) continue;
    if (unreadable && data.outcome === 'ABANDONED') continue;
    if (!known.has(`${data.datastoreId}-${data.jobId}`)) {
      wrong.push(`${id} was published, but there is no such job`);
    }
  }
  for (const execution of world.machine.executions.values()) wrong.push(...ofExecution(world, execution));
  wrong.push(...untrueNotices(world), ...tooManyCopies(world), ...untrueEmails(world), ...world.forbidden);
  wrong.push(...untrueDigests(world));
  wrong.push(...ofDeadLetters(world), ...ofAlarms(world));
  return wrong.map(short);
}

/** What a notice on a failed watch says of its verdict is true when it is said. */
function untrueNotices({ published }: ChaosWorld): string[] {
  return published.flatMap(({ detailType, id, data }, index) => {
    if (detailType !== PUBLISHED.watchFailed) return [];
    // By their order: in virtual time a watch that is redriven may publish at the same moment.
    const before = published
      .slice(0, index)
      .some(
        (each) =>
          each.detailType === PUBLISHED.importFinished && each.data.executionArn === data.executionArn,
      );
    const untrue = before ? 'no' : 'yes';
    return data.verdictPublished === untrue
      ? [`${id} says of whether its verdict was published: ${untrue}, which is not so`]
      : [];
  });
}

const MAX_COPIES = 5;

/** Whatever else is out of order, the bus does not get an event again and again. */
function tooManyCopies({ published, scenario }: ChaosWorld): string[] {
  if (scenario.disturbances.some((each) => each.kind === 'service' && each.service === 'events')) return [];
  const copies = Map.groupBy(published, ({ id }) => id);
  return [...copies].flatMap(([id, { length }]) =>
    length > MAX_COPIES ? [`${id} was put on the bus ${length} times`] : [],
  );
}

function ofJob(world: ChaosWorld, job: StartedJob): string[] {
  const { publishedOf, scenario } = world;
  const of = (detailType: string) =>
    publishedOf
      .get(job.jobId)
      .filter(({ detailType: type, data }) => type === detailType && data.datastoreId === job.datastoreId);
  const verdicts = of(PUBLISHED.importFinished);
  const name = `job ${job.jobId}`;
  const [first] = verdicts;
  if (!first) {
    // What ended before the watcher was there is history, unless an event came late.
    const ended = world.seconds(job.startedAt) + (job.seconds ?? scenario.jobSeconds) < scenario.deployedAt;
    return ended && !isGivenUp(job) ? [] : [`${name} has no verdict`];
  }
  const wrong: string[] = [];
  wrong.push(...ofVerdicts(world, job, verdicts, name));
  for (const verdict of verdicts) wrong.push(...ofVerdict(world, job, verdict, name));
  if (!peopleKnow(world, job.jobId)) {
    wrong.push(`${name}: nobody got an email with the verdict`);
  }
  wrong.push(...ofOverdue(world, job, of(PUBLISHED.importOverdue), name));
  const began = world.seconds(job.startedAt);
  const ended = began + (job.fault.takesSeconds ?? job.seconds ?? scenario.jobSeconds);
  const late = world.seconds(first.at) - latest(world, job, isGivenUp(job) ? began + GIVE_UP_SECONDS : ended);
  if (late > 0) wrong.push(`${name}: the verdict came ${late} s later than promised`);
  const second = verdicts.find(({ data }) => data.supersedes !== undefined);
  const due = latest(world, job, Math.max(ended, world.seconds(first.at)));
  if (second && world.seconds(second.at) > due) wrong.push(`${name}: the later verdict came after ${due} s`);
  return wrong;
}

/**
 * Never two final verdicts: under each id one outcome, and after ABANDONED at most one more, which supersedes it. It
 * comes where the job ends after all.
 */
function ofVerdicts(
  world: ChaosWorld,
  job: StartedJob,
  verdicts: readonly Published[],
  name: string,
): string[] {
  const wrong: string[] = [];
  const told = new Set(verdicts.map(({ id, data }) => `${id} ${data.outcome}`));
  const firsts = verdicts.filter(({ data }) => data.supersedes === undefined);
  const laters = verdicts.filter(({ data }) => data.supersedes !== undefined);
  const one = new Set(firsts.map(({ id }) => id)).size === 1 && laters.every(({ id }) => id.endsWith('-2'));
  if (!one || told.size > (laters.length > 0 ? 2 : 1)) {
    wrong.push(`${name} has ${told.size} verdicts: ${[...told].join(', ')}`);
  }
  for (const { id, data } of laters) {
    const first = firsts.find((each) => each.id === data.supersedes);
    if (first?.data.outcome !== 'ABANDONED') wrong.push(`${id} supersedes ${first?.data.outcome}`);
    if (data.outcome === 'ABANDONED') wrong.push(`${id} is ABANDONED again`);
  }
  const [later] = laters;
  if (!later) {
    const due = firsts[0]?.data.outcome === 'ABANDONED' && !job.fault.neverEnds;
    return due ? [...wrong, `${name} ended after it was given up, and nobody was notified`] : wrong;
  }
  const byEmail = world.emailsOf
    .get(job.jobId)
    .some(({ subject }) => subject.endsWith(`AFTER ABANDONED: DICOM import ${job.jobId}`));
  if (!byEmail && !isInDigest(world, later.id)) {
    wrong.push(`${name}: nobody got an email with the later verdict`);
  }
  return wrong;
}

/** Whether the email with the verdict on a job was sent, or a digest with it. */
export function peopleKnow(world: ChaosWorld, jobId: string): boolean {
  return (
    world.emailsOf.get(jobId).some(({ subject }) => !/OVERDUE|WATCH/.test(subject)) ||
    world.publishedOf
      .get(jobId)
      .some(({ id, detailType }) => detailType === PUBLISHED.importFinished && isInDigest(world, id))
  );
}

/** What the manifest says: lines that nobody expects count as files that were refused, or that need a look. */
function truthOf({ study, studies, fault, hostile }: StartedJob): Truth {
  if (studies) {
    const { count: scanned, refused } = studies;
    const rejected = refused.length;
    const outcome =
      rejected === 0 ? 'SUCCEEDED' : rejected < scanned ? 'PARTIALLY_FAILED' : 'NOTHING_IMPORTED';
    return { outcome, scanned, imported: scanned - rejected, rejected };
  }
  const truth = (fault.filesWithServerError ? TRUTH_WITH_SERVER_ERRORS : TRUTH)[study];
  if (!hostile) return truth;
  const rejects = hostile.file === 'FAILURE/failure.ndjson';
  return {
    ...truth,
    rejected: truth.rejected + (rejects ? hostile.lines.length : 0),
    outcome:
      truth.outcome !== 'SUCCEEDED'
        ? truth.outcome
        : rejects
          ? 'PARTIALLY_FAILED'
          : 'SUCCEEDED_WITH_WARNINGS',
  };
}

/** The outcome and the counts are what the manifest says, or UNVERIFIED where it could not be read. */
function ofVerdict({ scenario }: ChaosWorld, job: StartedJob, { data }: Published, name: string): string[] {
  const truth = truthOf(job);
  const gap = gapOf(scenario, job, truth);
  const allowed = allowedOutcomes(scenario, job, truth, gap);
  if (isGivenUp(job) && data.supersedes === undefined) allowed.push('ABANDONED');
  if (!allowed.includes(data.outcome)) {
    return [`${name} is ${data.outcome}, expected ${allowed.join(' or ')}`];
  }
  const wrong: string[] = [];
  const { discrepancies = [], files } = data;
  if (gap === 'none' && discrepancies.length > 0) {
    wrong.push(`${name}: its manifest does not contradict itself, but ${discrepancies.join(', ')}`);
  }
  if (gap === 'certain' && files && discrepancies.length === 0) {
    wrong.push(`${name}: its manifest contradicts itself, and that is not told`);
  }
  const { scanned, imported, rejected } = files ?? {};
  const same = scanned === truth.scanned && imported === truth.imported && rejected === truth.rejected;
  if (data.outcome === truth.outcome && !same) {
    wrong.push(
      `${name}: ${scanned} scanned, ${imported} imported, ${rejected} rejected is not what its manifest says`,
    );
  }
  return wrong;
}

/** Whether the lines are others than the counters count. */
type Gap = 'none' | 'possible' | 'certain';

function gapOf(scenario: Scenario, { fault, hostile }: StartedJob, truth: Truth): Gap {
  // What a warning counts no counter says.
  if (hostile) return hostile.file === 'WARNING/warning.ndjson' ? 'possible' : 'certain';
  if (fault.success === 'missing' && truth.imported > 0) return 'certain';
  const { successDelaySeconds = 0, failureDelaySeconds = 0 } = fault;
  const late = Math.max(successDelaySeconds, failureDelaySeconds) > patience(scenario);
  return deniesS3(scenario) || fault.failure || late ? 'possible' : 'none';
}

function allowedOutcomes(scenario: Scenario, job: StartedJob, truth: Truth, gap: Gap): Outcome[] {
  const { fault, hostile } = job;
  // To HealthImaging a job that cannot be found is one that no longer exists.
  const hidden: Outcome[] = scenario.disturbances.some((each) => hides(each, job)) ? ['ABANDONED'] : [];
  // It has no end to report.
  if (fault.neverEnds) return hidden;
  if (fault.failWith) return ['FAILED', ...hidden];
  if (fault.manifest) return ['UNVERIFIED', ...hidden];
  const { manifestDelaySeconds = 0, jobManifestDelaySeconds = 0 } = fault;
  const late = Math.max(manifestDelaySeconds, jobManifestDelaySeconds) > patience(scenario);
  const allowed = hidden;
  if (gap !== 'certain' || hostile) allowed.push(truth.outcome);
  if (gap !== 'none') {
    allowed.push(truth.outcome === 'SUCCEEDED' ? 'SUCCEEDED_WITH_WARNINGS' : truth.outcome);
    // Counters alone prove no import.
    if (truth.outcome.startsWith('SUCCEEDED') && !hostile) allowed.push('UNVERIFIED');
  }
  if (late || deniesS3(scenario)) allowed.push('UNVERIFIED');
  return allowed;
}

/** How late a file may be so that it is waited for in any case. */
function patience({ skewSeconds }: Scenario): number {
  return MANIFEST_GRACE - Math.abs(skewSeconds) - MINUTE;
}

function ofOverdue(
  { emailsOf, scenario }: ChaosWorld,
  job: StartedJob,
  notices: Published[],
  name: string,
): string[] {
  const ids = new Set(notices.map(({ id }) => id));
  if (ids.size > 1) return [`${name}: overdue was reported under ${ids.size} ids`];
  if (ids.size > 0 && !isGivenUp(job)) return [`${name}: it was never overdue, but told to be`];
  const undisturbed =
    calmAfter(scenario) < OVERDUE_SECONDS - 2 * 3600 &&
    !scenario.disturbances.some((each) => each.kind === 'kill' || hides(each, job));
  if (!undisturbed || !isGivenUp(job)) return [];
  const mails = emailsOf
    .get(job.jobId)
    .filter(({ subject }) => subject === `OVERDUE: DICOM import ${job.jobId}`);
  return notices.length === 1 && mails.length === 1
    ? []
    : [`${name}: overdue was reported ${notices.length} times, and in ${mails.length} emails`];
}

/** Whether HealthImaging says for longer than a watch waits that it does not know this job. */
function hides(each: Disturbance, { datastoreId }: StartedJob): boolean {
  if (each.kind !== 'HealthImaging' || each.fault.kind !== 'not-found') return false;
  const { operation = 'GetDICOMImportJob', datastoreId: where = datastoreId } = each.fault;
  return operation === 'GetDICOMImportJob' && where === datastoreId && each.seconds > MANIFEST_GRACE;
}

/** When the verdict has to be there at the latest, in seconds from the beginning of the run. */
function latest(world: ChaosWorld, job: StartedJob, ended: number): number {
  const { scenario } = world;
  const sweep = scenario.sweepMinutes * MINUTE;
  const end = ended + Math.max(...delaysOf(job.fault), 0);
  // The longest wait between two checks, of a late manifest and of a retry; twice where something went wrong.
  const age = ended - world.seconds(job.startedAt) + Math.abs(scenario.skewSeconds);
  const longest = intervalAt(DEFAULT_POLL_INTERVAL_SECONDS, age, DEFAULT_LONGEST_POLL_INTERVAL_SECONDS);
  const wait = longest + 2 * MANIFEST_GRACE + 2 * MINUTE + Math.abs(scenario.skewSeconds);
  const watches = watchesOf(world).get(job.jobId) ?? [];
  const repairs = watches.map(
    ({ redriveCount, history }) =>
      (history.some((each) => 'status' in each && each.status !== 'RUNNING' && each.status !== 'SUCCEEDED')
        ? 15 * MINUTE * 2 ** redriveCount
        : 0) + sweep,
  );
  const replaced = (watches.length - 1) * (24 * 3600 + sweep);
  const repair = repairs.reduce((sum, each) => sum + each, 0);
  return Math.max(end, calmAfter(scenario)) + 2 * sweep + 2 * wait + repair + replaced;
}

const WATCHES = new WeakMap<ChaosWorld, Map<string, Execution[]>>();

/** The executions of a run that has ended, by the id of the job. */
function watchesOf(world: ChaosWorld): Map<string, Execution[]> {
  const known = WATCHES.get(world);
  if (known) return known;
  const watches = Map.groupBy(world.machine.executions.values(), jobIdOf);
  WATCHES.set(world, watches);
  return watches;
}

const jobIdOf = ({ input }: Execution): string => JSON.parse(input).jobId;

/** Errors that a watch sits out for an hour or so (`lib/private/retries.ts`). */
const OUTAGES: readonly string[] = [
  ERRORS.healthImagingUnavailable,
  ERRORS.manifestStoreUnavailable,
  ERRORS.watchesUnavailable,
  'Sandbox.Timedout',
  'Runtime.ExitError',
];

function ofExecution({ published, publishedOf, scenario }: ChaosWorld, execution: Execution): string[] {
  const { name, status, history } = execution;
  const wrong: string[] = [];
  if (status === 'RUNNING') wrong.push(`${name} still runs at the end`);
  // A failure after the verdict, in noting it down for instance, may go untold: there is nothing left to repair.
  const toldBefore = (at: number) =>
    publishedOf
      .get(jobIdOf(execution))
      .some((each) => each.detailType === PUBLISHED.importFinished && each.at <= at);
  // What cannot be reported is repaired all the same, and then no failure any more.
  const untellable = scenario.disturbances.some(
    (each) => each.kind === 'service' && ['events', 'dynamodb'].includes(each.service),
  );
  for (const change of history) {
    if (!('status' in change) || change.status === 'RUNNING' || change.status === 'SUCCEEDED') continue;
    const id = failureId(name, change.redriveCount);
    if (!published.some((each) => each.id === id) && !toldBefore(change.at) && !untellable) {
      wrong.push(`${name} ${change.status} after ${change.redriveCount} redrives, and nobody was notified`);
    }
  }
  const long = scenario.disturbances.some((each) => 'seconds' in each && each.seconds >= 3600);
  for (const change of history) {
    if ('error' in change && change.error && OUTAGES.includes(change.error.name) && !long) {
      wrong.push(`${name} did not sit out a short outage: ${change.error.name}`);
    }
  }
  const events = historyEvents(execution);
  if (events > HISTORY_BUDGET)
    wrong.push(`${name} has ${events} history events, allowed are ${HISTORY_BUDGET}`);
  return wrong;
}

/** Entered and exited, three events an attempt and one more of a wait, and two of the choice after each check. */
function historyEvents({ steps }: Execution): number {
  let events = 0;
  for (const { state, what } of steps) {
    if (what === 'entered') events += 2 + (state === 'Check import job' ? 2 : 0);
    if (what === 'succeeded' || what === 'failed') events += state === 'Wait for news' ? 4 : 3;
  }
  return events;
}
