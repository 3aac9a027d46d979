/**
 * Filter policies of SNS subscriptions, as far as the watcher uses them, and message attributes that they let through.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
 */

/** What a policy wants of an attribute: one of these values, any value, or that the message does not have it. */
interface Wanted {
  readonly values: readonly string[];
  readonly any: boolean;
  readonly none: boolean;
}

/** The filter of a subscription. */
export interface Filter {
  /** By the name of the attribute. */
  readonly wanted: ReadonlyMap<string, Wanted>;
  /** What the policy has and this version does not know, such as `prefix (outcome)`. It may let more through. */
  readonly unknown: readonly string[];
  /** The same for the same policy, in whatever order it is written. */
  readonly key: string;
}

/** Message attributes by name. One value is a `String`, several are a `String.Array`. */
export type Attributes = Readonly<Record<string, readonly string[]>>;

/** A message, and the filters that it is meant for. */
export interface PlannedMessage {
  readonly attributes: Attributes;
  readonly filters: readonly Filter[];
}

/** Every message has it: `exists: false` lets nothing through that has no attribute at all. */
const MARK = { name: 'test', value: 'true' } as const;
/** A value where any will do. */
const ANY = 'drill';
/** A policy has at most 150 combinations of values. */
const MAX_TRIES = 5000;

/**
 * @param policy - `FilterPolicy` of the subscription, JSON. Not given: it lets everything through.
 * @param scope - `FilterPolicyScope`. One of the message body lets no plain text through.
 */
export function parseFilter(policy = '{}', scope = 'MessageAttributes'): Filter {
  const given: object = JSON.parse(policy);
  const key = JSON.stringify([scope, sorted(given)]);
  if (scope !== 'MessageAttributes')
    return { wanted: new Map([[MARK.name, NOTHING]]), unknown: [scope], key };
  const unknown: string[] = [];
  const wanted = Object.entries(given).map(([name, conditions]): [string, Wanted] => {
    // `$or` holds policies.
    if (!Array.isArray(conditions) || name.startsWith('$')) {
      unknown.push(name);
      return [name, NOTHING];
    }
    const exists = conditions.map((each) => existsOf(each));
    for (const [i, each] of conditions.entries()) {
      if (typeof each !== 'string' && exists[i] === undefined) unknown.push(`${operatorOf(each)} (${name})`);
    }
    const values = conditions.filter((each) => typeof each === 'string');
    return [name, { values, any: exists.includes(true), none: exists.includes(false) }];
  });
  return { wanted: new Map(wanted), unknown, key };
}

const NOTHING: Wanted = { values: [], any: false, none: false };

function existsOf(condition: unknown): boolean | undefined {
  return (condition as { exists?: boolean } | null)?.exists;
}

/** `prefix` of `{ "prefix": "FAIL" }`, `number` of 1. */
function operatorOf(condition: unknown): string {
  return typeof condition === 'object' && condition !== null
    ? Object.keys(condition).join()
    : condition === null
      ? 'null'
      : typeof condition;
}

/** The same value for what differs only in its order. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const parts = Array.isArray(value)
    ? value.map(sorted)
    : Object.entries(value).map(([name, each]) => [name, sorted(each)]);
  return parts.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function fits({ values, any, none }: Wanted, given: readonly string[] | undefined): boolean {
  return given ? any || given.some((value) => values.includes(value)) : none;
}

/** Whether a filter lets a message through, as far as it is known. */
export function matches({ wanted }: Filter, attributes: Attributes): boolean {
  return [...wanted].every(([name, each]) => fits(each, attributes[name]));
}

/**
 * As few messages as let each filter have exactly one: a message of its own where attributes are found that no other filter
 * lets through, one together with the others where not.
 * @param filters - distinct ones. Those that nothing is known to fit get no message. Where one wants an attribute that
 * another does not want, a third that takes both may get two.
 */
export function planMessages(filters: readonly Filter[]): PlannedMessage[] {
  let messages = filters.flatMap((filter) => choose([filter], filters) ?? []);
  for (let next = joined(messages, filters); next; next = joined(messages, filters)) messages = next;
  return messages;
}

/** The same with two messages made one, since somebody would get both; undefined where none can be. */
function joined(
  messages: readonly PlannedMessage[],
  filters: readonly Filter[],
): PlannedMessage[] | undefined {
  for (const one of messages) {
    for (const two of messages) {
      if (one === two || !two.filters.some((each) => matches(each, one.attributes))) continue;
      const both = choose([...one.filters, ...two.filters], filters);
      if (both) return [...messages.filter((each) => each !== one && each !== two), both];
    }
  }
  return undefined;
}

/** Attributes that all of some filters let through, and as few as possible of the others. */
function choose(chosen: readonly Filter[], all: readonly Filter[]): PlannedMessage | undefined {
  const others = all.filter((each) => !chosen.includes(each));
  const names = new Set([MARK.name, ...all.flatMap(({ wanted }) => [...wanted.keys()])]);
  const choices = [...names].map((name) => [name, optionsOf(name, chosen)] as const);
  let best: PlannedMessage | undefined;
  let least = Number.POSITIVE_INFINITY;
  let tries = 0;
  for (const attributes of combinations(choices)) {
    const more = others.filter((each) => matches(each, attributes)).length;
    if (more < least) best = { attributes, filters: chosen };
    least = Math.min(least, more);
    if (least === 0 || ++tries === MAX_TRIES) break;
  }
  return best;
}

type Option = readonly string[] | undefined;

/** What an attribute may be so that all of some filters let it through; undefined: not there. */
function optionsOf(name: string, chosen: readonly Filter[]): Option[] {
  const wanted = chosen.flatMap((each) => each.wanted.get(name) ?? []);
  const values = [...new Set(wanted.flatMap((each) => each.values))];
  const firsts = [...new Set(wanted.flatMap((each) => each.values[0] ?? []))];
  const options: Option[] = [
    ...(name === MARK.name ? [[MARK.value]] : []),
    ...values.map((value) => [value]),
    undefined,
    [ANY],
    // Each of the filters finds one of its own.
    ...(firsts.length > 1 ? [firsts] : []),
  ];
  return options.filter((option) => wanted.every((each) => fits(each, option)));
}

/** Every way to take one option for each attribute. */
function* combinations(
  choices: readonly (readonly [name: string, options: readonly Option[]])[],
): Generator<Attributes> {
  const [first, ...rest] = choices;
  if (!first) return yield {};
  const [name, options] = first;
  for (const option of options) {
    for (const others of combinations(rest)) yield option ? { [name]: option, ...others } : others;
  }
}
