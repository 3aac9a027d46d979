/**
 * Sweeps an account in virtual time and prints what it came to, as JSON; proof/bench/scale.ts starts it, a process for each
 * account: `node proof/bench/scale-run.ts RUNNING HISTORY DATASTORES`.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { SignatureV4 } from '@smithy/signature-v4';
import { ENV } from '../../core/contract/names.ts';
import { PRICES } from '../../core/contract/prices.ts';
import { PLACE } from '../../local/template.ts';
import { VirtualClock } from '../../simulator/virtual-clock.ts';
import { ENDPOINTS, replaceTransport } from '../chaos/transport.ts';
import { ScaleAccount } from './scale-account.ts';
import type { ScaleResult, ScaleScenario } from './scale-plan.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MEMORY_GB = 0.25;
const HOURS_OF_A_MONTH = 730;
const DAYS_OF_A_MONTH = HOURS_OF_A_MONTH / 24;

/** What sweeps of a kind used. */
class Used {
  sweeps = 0;
  seconds = 0;
  lists = 0;
  gets = 0;
  executionPages = 0;
  reads = 0;
  writes = 0;

  get dollars(): number {
    const lambda = this.sweeps * PRICES.lambdaRequest + this.seconds * MEMORY_GB * PRICES.lambdaGBSecond;
    return lambda + this.reads * PRICES.dynamoRead + this.writes * PRICES.dynamoWrite;
  }
}

async function runScale(scenario: ScaleScenario): Promise<ScaleResult> {
  const clock = new VirtualClock();
  const account = new ScaleAccount(clock, scenario);
  const caller = new AsyncLocalStorage<Used>();
  replaceTransport((service, request) => account.answer(service, request, caller.getStore()));
  Object.assign(process.env, {
    AWS_REGION: PLACE.region,
    AWS_ACCESS_KEY_ID: 'scale',
    AWS_SECRET_ACCESS_KEY: 'scale',
    AWS_ENDPOINT_URL_DYNAMODB: ENDPOINTS.dynamodb,
    AWS_ENDPOINT_URL_SFN: ENDPOINTS.states,
    AWS_ENDPOINT_URL_MEDICAL_IMAGING: ENDPOINTS['medical-imaging'],
    [ENV.stateMachineArn]: `arn:aws:states:${PLACE.region}:${PLACE.account}:stateMachine:watch`,
    [ENV.watchesTable]: 'watches',
    [ENV.busName]: 'bus',
    [ENV.topicArn]: `arn:aws:sns:${PLACE.region}:${PLACE.account}:topic`,
    [ENV.logLevel]: 'CRITICAL',
    POWERTOOLS_METRICS_DISABLED: 'true',
  });
  SignatureV4.prototype.sign = async (request: unknown) => request as never;
  const { sweep } = await import('../../lambda/handlers/sweep.ts');
  const time = { now: () => clock.now(), sleep: (ms: number) => clock.sleep(ms) };
  const datastoreIds = [...account.datastores.keys()];
  const invoke = (used: Used, event: object) =>
    clock.run(async () => {
      const began = clock.now();
      await caller.run(used, () => sweep(time)({ datastoreIds, ...event }));
      // Where another one runs, nothing is done.
      if (clock.now() - began < 1000) return;
      used.sweeps++;
      used.seconds += (clock.now() - began) / 1000;
    });

  // All that is recent, for an hour and a quarter.
  const [recent, running] = [new Used(), new Used()];
  const start = clock.now();
  const until = start + 1.25 * HOUR_MS + MINUTE_MS;
  account.begin(start);
  const every = (ms: number, work: (at: number) => void) =>
    clock.run(async () => {
      for (let at = start + ms; at < until; at += ms) {
        await clock.sleep(at - clock.now());
        work(at);
      }
    });
  await Promise.all([
    every(1000, (at) => account.pass((at - start) / 1000)),
    every(MINUTE_MS, () => void invoke(running, { only: 'running' })),
    every(15 * MINUTE_MS, () => void invoke(recent, {})),
  ]);
  await clock.idle();
  const { ended } = account;
  const busiestSecond = Math.max(...account.seconds.values());
  const lags = (isShort: boolean) =>
    ended
      // Of those that ended later, some are found when no more sweeps begin.
      .filter(({ endedAt = 0, ...job }) => job.isShort === isShort && endedAt < until - HOUR_MS / 2)
      .map(({ endedAt = 0, foundAt = until }) => (foundAt - endedAt) / 1000);

  // The full round of a day, for an hour: what is left of it then is counted.
  const round = new Used();
  account.begin(clock.now() - 25 * HOUR_MS);
  const roundStart = clock.now();
  let [pagesLeft, seconds] = [1, 0];
  while (pagesLeft > 0 && round.sweeps < 4) {
    await invoke(round, {});
    seconds = (clock.now() - roundStart) / 1000;
    pagesLeft = account.pagesLeft;
    if (pagesLeft > 0)
      await clock.run(() => clock.sleep(roundStart + round.sweeps * 15 * MINUTE_MS - clock.now()));
  }
  const ofRecent = (name: 'lists' | 'dollars') => (recent[name] / recent.sweeps) * round.sweeps;
  const pagesRead = Math.max(1, round.lists - ofRecent('lists'));
  const whole = (pagesRead + pagesLeft) / pagesRead;
  const perHour = running.dollars / 1.25 + (4 * recent.dollars) / recent.sweeps;
  const ofRound = Math.max(0, round.dollars - ofRecent('dollars')) * whole;
  return {
    ...scenario,
    runningSweep: {
      calls: (running.lists + running.gets) / running.sweeps,
      executionPages: running.executionPages / running.sweeps,
      seconds: running.seconds / running.sweeps,
    },
    recentSweep: { lists: recent.lists / recent.sweeps, seconds: recent.seconds / recent.sweeps },
    fullRound: {
      lists: pagesRead + pagesLeft,
      seconds: whole > 1 ? round.sweeps * 15 * 60 * whole : seconds,
    },
    worstLag: Math.max(...lags(false)),
    worstLagOfShort: Math.max(...lags(true)),
    ended: ended.length,
    lost: ended.filter(({ endedAt = 0, foundAt }) => !foundAt && endedAt < until - HOUR_MS / 2).length,
    throttled: account.throttled,
    busiestSecond,
    dollarsAMonth: perHour * HOURS_OF_A_MONTH + ofRound * DAYS_OF_A_MONTH,
  };
}

Error.stackTraceLimit = 0;
const [running = 0, history = 0, datastores = 0] = process.argv.slice(2).map(Number);
console.log(JSON.stringify(await runScale({ running, history, datastores })));
