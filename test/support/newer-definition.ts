import type { Definition, State } from '../../local/definition.ts';

/** What a newer version may leave in the state, by its path, before each task but the first. */
const LEFT: readonly [string, unknown][] = [
  ['$.beside', { of: 'a newer version' }],
  ['$.check.added', { of: 'a newer version' }],
  ['$.news.added', { of: 'a newer version' }],
];

/** What a check of a newer version may have been, where the next task is a check. */
const LAST_CHECK: readonly [string, unknown][] = [
  ['$.check.next', 'paused'],
  ['$.check.jobStatus', 'PAUSED'],
  ['$.check.known', 'yes'],
  ['$.check.checks', { many: true }],
  ['$.news.jobStatus', ['COMPLETED']],
];

const CHECK = 'Check import job';

/** Whether a state calls one of our functions. */
const callsFunction = ({ Parameters }: State) => Object.hasOwn(Parameters ?? {}, 'watch.$');

/**
 * The definition as that of a newer version may be: with more states, and with more in the state and in each payload. What
 * it has of the last check the version of `definition` does not know.
 */
export function newer(definition: Definition): Definition {
  const functions = Object.keys(definition.States).filter((name) =>
    callsFunction(definition.States[name] as State),
  );
  const before = (name: string) => `New before: ${name}`;
  const known: Record<string, State> = JSON.parse(JSON.stringify(definition.States), (key, value) =>
    key === 'Next' && functions.includes(value) ? before(value) : value,
  );
  const added: Record<string, State> = {
    'New at the start': { Type: 'Pass', Result: { more: 1 }, ResultPath: '$.more', Next: definition.StartAt },
  };
  for (const name of functions) {
    const { Parameters, ...state } = known[name] as State;
    known[name] = { ...state, Parameters: { ...(Parameters as object), added: { of: 'a newer version' } } };
    Object.assign(added, leave(before(name), [...LEFT, ...(name === CHECK ? LAST_CHECK : [])], name));
  }
  return { ...definition, StartAt: 'New at the start', States: { ...known, ...added } };
}

/** States that put these into the state, one after the other. */
function leave(name: string, what: readonly [string, unknown][], next: string): Record<string, State> {
  const nameOf = (index: number) => (index === 0 ? name : `${name} (${index})`);
  return Object.fromEntries(
    what.map(([ResultPath, Result], index) => [
      nameOf(index),
      { Type: 'Pass', Result, ResultPath, Next: index + 1 < what.length ? nameOf(index + 1) : next },
    ]),
  );
}
