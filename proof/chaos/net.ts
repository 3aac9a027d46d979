import { PUBLISHED } from '../../core/contract/names.ts';
import { firstAlarm } from '../fixtures/alarms.ts';
import { calmAfter, type Disturbance } from './scenario.ts';
import { ALARMS, type ChaosWorld } from './world.ts';

const MINUTE = 60;
/** Sweeps run as deployed for so long before alarms are looked at: those about what is missing need it. */
const SETTLED = 45 * MINUTE;
const ALARM_AFTER = 30 * MINUTE;
/** The alarm on sweeps of all jobs that do not run waits for two of them, which may take longer than the one before. */
const TWO_SWEEPS = 36 * MINUTE;
/** A verdict comes within five minutes where nothing is lost; after this it is late. */
const LATE = 10 * MINUTE;

/** Where nothing is wrong no alarm goes off; where a function is lost for half an hour one does. */
export function ofAlarms(world: ChaosWorld): string[] {
  const { alarms } = world.scenario;
  if (!alarms) return [];
  if (alarms === 'calm') {
    // Until then sweeps run each minute in any case.
    return alarmsWithin(world, SETTLED, calmAfter(world.scenario)).map(
      (name) => `nothing is wrong, but ${name} goes off`,
    );
  }
  const { from } = alarms.lost;
  const lost = lostSince(world, alarms.lost);
  // To the minute: a period is looked at when it is over.
  const within = alarms.lost.kind === 'schedule' && alarms.lost.of === 'all jobs' ? TWO_SWEEPS : ALARM_AFTER;
  return lost === undefined || alarmsWithin(world, from, lost + within + MINUTE).length > 0
    ? []
    : [`a function is lost for half an hour by ${JSON.stringify(alarms.lost)}, and no alarm goes off`];
}

/** Since when a function is lost for half an hour: at once where sweeps do not run, else with the first verdict that is late. */
function lostSince(world: ChaosWorld, lost: Disturbance & { readonly from: number }): number | undefined {
  if (lost.kind === 'function' && lost.functionName === 'SendDigests') return lost.from;
  if (stops(lost, 'Sweep') || lost.kind === 'schedule') {
    // What sweeps do without is lost with a verdict only.
    const needed = lost.kind !== 'HealthImaging' || lost.fault.operation !== 'GetDICOMImportJob';
    if (needed && !(lost.kind === 'service' && lost.service === 'events')) return lost.from;
  }
  const late = world.jobs.flatMap(({ jobId, startedAt, seconds = world.scenario.jobSeconds }) => {
    const due = world.seconds(startedAt) + seconds + LATE;
    const verdict = world.published.find(
      ({ detailType, data }) => detailType === PUBLISHED.importFinished && data.jobId === jobId,
    );
    return verdict && world.seconds(verdict.at) < due + ALARM_AFTER ? [] : [due];
  });
  return late.length > 0 ? Math.min(...late) : undefined;
}

/** The names of the alarms that go off, in seconds from the beginning of the run. */
function alarmsWithin(world: ChaosWorld, from: number, to: number): string[] {
  const at = (seconds: number) => world.at(seconds) / 1000;
  return ALARMS.filter((alarm) => firstAlarm(alarm, world.samples, at(from), at(to)) !== undefined).map(
    ({ AlarmName }) => String(AlarmName).replace(/^[^-]*-/, ''),
  );
}

/** Lambda tries an event again for three minutes before it is a dead letter; a call may take ten seconds of each try. */
const LAST_TRY = 4 * MINUTE;

/** Whatever lies in a dead-letter queue has its reason: a function that could not do its work whenever it was tried. */
export function ofDeadLetters(world: ChaosWorld): string[] {
  return world.deadLetters.flatMap(({ at, queue, body }) => {
    const functionName = takerOf(body);
    const reasons = world.scenario.disturbances.filter(
      (each) =>
        'seconds' in each &&
        each.from <= world.seconds(at) &&
        world.seconds(at) <= each.from + each.seconds + LAST_TRY &&
        stops(each, functionName),
    );
    return reasons.length > 0
      ? []
      : [`a message for ${functionName} lies in ${queue}, and nothing was wrong`];
  });
}

function takerOf(body: unknown): string {
  const { 'detail-type': type = '', resources: [rule = ''] = [] } = body as {
    'detail-type'?: string;
    resources?: string[];
  };
  if (type.startsWith('Import Job')) return 'OnImportEvent';
  if (type.startsWith('Step Functions')) return 'OnWatchEnded';
  return rule.includes('Digest') ? 'SendDigests' : 'Sweep';
}

const NEEDS: Readonly<Record<string, readonly string[]>> = {
  OnImportEvent: ['states', 'dynamodb'],
  OnWatchEnded: ['states', 'dynamodb', 'events', 'sns'],
  Sweep: ['states', 'dynamodb', 'events', 'sns', 'medical-imaging'],
  SendDigests: ['dynamodb', 'sns'],
};

/** Whether this may make a function fail. */
function stops(each: Disturbance, functionName: string): boolean {
  switch (each.kind) {
    case 'function':
    case 'deaths':
      return each.functionName === functionName;
    case 'service':
      return NEEDS[functionName]?.includes(each.service) === true;
    case 'HealthImaging':
    case 'stale read':
      return functionName === 'Sweep';
    default:
      return false;
  }
}
