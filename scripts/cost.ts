import { pathToFileURL } from 'node:url';
import type { PollSchedule, Verdict } from '../lambda/contract.ts';
import { checkTimes } from '../lambda/domain/poll-schedule.ts';
import { DEFAULT_OVERDUE_AFTER, DEFAULT_POLL_SCHEDULE } from '../lib/index.ts';
import type { Definition, State } from '../local/definition.ts';
import { defaultDefinition } from './definition.ts';

/** List prices in us-east-1, in dollars (AWS's pricing pages, 2026). */
const PRICES = {
  transition: 0.025 / 1000,
  lambdaRequest: 0.2 / 1e6,
  lambdaGBSecond: 0.0000133334,
  customEvent: 1 / 1e6,
  dynamoWrite: 0.625 / 1e6,
  snsPublish: 0.5 / 1e6,
};
/** A generous guess of what one invocation takes: 256 MB for 200 ms. */
const INVOCATION = PRICES.lambdaRequest + 0.25 * 0.2 * PRICES.lambdaGBSecond;

const DURATIONS: readonly [string, number][] = [
  ['90 s', 90],
  ['1 h', 3600],
  ['24 h', 24 * 3600],
];

export interface Cost {
  readonly checks: number;
  readonly transitions: number;
  /** Dollars per 1,000 jobs, email deliveries not counted. */
  readonly dollars: number;
}

/** What following a job costs that lasts `seconds` from the submission, at which the watch starts. */
export function costOf(definition: Definition, schedule: PollSchedule, seconds: number): Cost {
  // The looks while the job runs, and the one that finds the end: through news or when the wait is over.
  const looks = [...checkTimes(schedule, seconds)].length;
  // One look more, at the moment when the job gets overdue, and its notice.
  const notices = seconds >= DEFAULT_OVERDUE_AFTER.toSeconds() ? 1 : 0;
  const checks = looks + notices;
  const transitions =
    (looks - 1) * walk(definition, 'running') +
    notices * walk(definition, 'overdue') +
    walk(definition, 'finished');
  const perJob =
    transitions * PRICES.transition +
    // Each check, the summary, and the function that takes the four events of a job.
    (checks + 1 + 3) * INVOCATION +
    (checks + notices) * PRICES.dynamoWrite +
    (1 + notices) * (PRICES.customEvent + PRICES.snsPublish);
  return { checks, transitions, dollars: perJob * 1000 };
}

/** States entered from the start to the next check, or to the end, when every check gives this verdict. */
function walk({ StartAt, States }: Definition, verdict: Verdict): number {
  let entered = 0;
  let name: string | undefined = StartAt;
  do {
    entered++;
    const state: State | undefined = States[name];
    const choices = state?.Choices as (Rule & { Next: string })[] | undefined;
    name = choices?.find((rule) => asksFor(rule, verdict))?.Next ?? (state?.Next as string | undefined);
  } while (name !== undefined && name !== StartAt);
  return entered;
}

interface Rule {
  readonly StringEquals?: string;
  readonly Or?: readonly Rule[];
}

function asksFor(rule: Rule, verdict: Verdict): boolean {
  return rule.StringEquals === verdict || (rule.Or ?? []).some((each) => asksFor(each, verdict));
}

/** What `npm run cost` prints. */
export function costTable(definition: Definition, schedule: PollSchedule): string {
  const rows = DURATIONS.map(([name, seconds]) => {
    const { checks, transitions, dollars } = costOf(definition, schedule, seconds);
    return [name, String(checks), String(transitions), dollars.toFixed(2)];
  });
  const header = ['job length', 'checks', 'state transitions', 'dollars per 1,000 jobs'];
  return [header, ...rows]
    .map((row) =>
      row
        .map((cell, i) =>
          i === 0 ? cell.padEnd(header[0]?.length ?? 0) : cell.padStart(header[i]?.length ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(costTable(defaultDefinition(), DEFAULT_POLL_SCHEDULE));
}
