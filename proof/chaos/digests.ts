import { PUBLISHED } from '../../core/contract/names.ts';
import { countWhile } from '../../simulator/count-while.ts';
import { malformed, subjectOf } from './emails.ts';
import { ADDRESSES, type ChaosWorld, gets, type Published } from './world.ts';

type Digest = ChaosWorld['digests'][number];
type Address = (typeof ADDRESSES)[number];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** The guard as it is deployed. */
const PER_HOUR = 20;
const PER_MINUTE = 8;
/** Messages about what did not go well that a day may bring, by how often an address wants them. */
const A_DAY = { verdict: PER_HOUR + 24, hour: 24 } as const;
/** A function takes the time once, and may ask the table only then. */
const LAG = 3 * MINUTE;

/** What of digests and of the storm guard is not as it must be. */
export function untrueDigests(world: ChaosWorld): string[] {
  const published = new Map(world.published.map((event) => [event.id, event]));
  // The last comes first, so that the first stays.
  const firstAsked = new Map(world.asked.toReversed().map(({ eventId, at }) => [eventId, at]));
  return [
    ...world.digests.flatMap((digest) => [
      ...malformed(digest),
      ...ofDigest(world, digest, published, firstAsked),
    ]),
    ...ofRepeats(world),
    ...ADDRESSES.flatMap((address) => ofAddress(world, address, published)),
    ...ofGuard(world, published),
  ];
}

/** What people got of a migration, address by address. */
export function figures(world: ChaosWorld): string[] {
  const { published, migration } = { ...world, migration: world.scenario.migration };
  const verdicts = new Set(published.filter(isVerdict).map(({ id }) => id));
  return [
    `bus: ${verdicts.size} verdicts; ${migration?.failing} jobs failed`,
    ...ADDRESSES.map((address) => {
      const { singles, digests, ids } = inboxOf(world, address);
      const held = new Set(digests.flatMap(({ holds }) => [...holds]));
      const distinct = new Set(singles.map(({ subject }) => subject)).size;
      const repeats = digests.length - ids.size + singles.length - distinct;
      return `${address.address} (${address.every}): ${distinct} emails, ${ids.size} digests of ${held.size} events; ${repeats} repeats`;
    }),
    `failures that were injected: ${world.failures.length}`,
  ];
}

const isVerdict = ({ detailType }: Published) => detailType === PUBLISHED.importFinished;

/** All that an address got. */
export function inboxOf(world: ChaosWorld, { address }: Pick<Address, 'address'>) {
  const digests = world.digests.filter((digest) => gets(address, digest));
  const singles = world.emails.filter((email) => gets(address, email));
  return { digests, singles, ids: new Set(digests.map(({ id }) => id)) };
}

/** Each event that an address wants is in exactly one digest or one email of its own, and no other is. */
function ofAddress(world: ChaosWorld, address: Address, published: ReadonlyMap<string, Published>): string[] {
  const { singles, digests, ids } = inboxOf(world, address);
  const wrong: string[] = [];
  const name = address.address;
  const digestOf = new Map<string, string>();
  for (const { id, holds } of digests) {
    for (const eventId of holds) {
      const other = digestOf.get(eventId);
      if (other !== undefined && other !== id) wrong.push(`${name}: ${eventId} is in ${other} and in ${id}`);
      digestOf.set(eventId, id);
    }
  }
  const subjects = new Set(singles.map(({ subject }) => subject));
  for (const event of published.values()) {
    if (!isVerdict(event)) continue;
    const wants = !address.outcomes || (address.outcomes as string[]).includes(event.data.outcome);
    const got = Number(digestOf.has(event.id)) + Number(subjects.has(subjectOf(event)));
    if (got !== Number(wants)) {
      wrong.push(`${name}: ${event.id} ${event.data.outcome} came in ${got} ways, expected ${Number(wants)}`);
    }
  }
  for (const eventId of digestOf.keys()) {
    if (!published.has(eventId)) wrong.push(`${name}: a digest holds ${eventId}, which was not published`);
  }
  const bad = new Set(
    singles.map(({ subject }) => subject).filter((subject) => !/^SUCCEEDED:/.test(subject)),
  );
  if (world.scenario.migration && bad.size + ids.size > A_DAY[address.every]) {
    wrong.push(`${name} got ${bad.size} emails and ${ids.size} digests in a day`);
  }
  return wrong;
}

/** A digest comes after its hour, holds nothing that is later, and says of all that it holds what the events say. */
function ofDigest(
  { scenario }: ChaosWorld,
  { id, at, subject, body, holds }: Digest,
  published: ReadonlyMap<string, Published>,
  firstAsked: ReadonlyMap<string, number>,
): string[] {
  const wrong: string[] = [];
  const [, day = '', hour = '', minute = ''] = /^(\d{8})T(\d\d)(\d\d)Z-/.exec(id) ?? [];
  const ends = Date.parse(`${day.replace(/(....)(..)(..)/, '$1-$2-$3')}T${hour}:${minute}:00Z`);
  const skew = scenario.skewSeconds * 1000;
  if (!(at + skew >= ends)) wrong.push(`digest ${id} came before its hour had ended`);
  const events = [...holds].map((eventId) => published.get(eventId));
  for (const eventId of holds) {
    if (Number(firstAsked.get(eventId)) + skew >= ends + LAG)
      wrong.push(`digest ${id} holds ${eventId}, which came later`);
  }
  if (holds.size === 0) wrong.push(`digest ${id} is empty`);
  const jobsOf = (of: readonly (Published | undefined)[]) =>
    new Set(of.map((event) => `${event?.data.datastoreId}-${event?.data.jobId}`)).size;
  const byOutcome = Map.groupBy(events, (event) => event?.data.outcome);
  const counts = [...byOutcome].map(([outcome, of]) => `${jobsOf(of)} ${outcome}`).sort();
  const sum = (what: string) => events.reduce((all, event) => all + (event?.data.files?.[what] ?? 0), 0);
  const says = (label: string) =>
    Number(new RegExp(`^${label} +([\\d,]+) files?$`, 'm').exec(facts)?.[1]?.replaceAll(',', '') ?? 0);
  // The paragraph after the summary.
  const [, facts = ''] = body.split('\n\n');
  const said = {
    jobs: Number(/^([\d,]+) DICOM imports? with news/.exec(body)?.[1]?.replaceAll(',', '')),
    counts: [...facts.matchAll(/^(?:Outcomes)? +(\d+) ([A-Z_]+)$/gm)]
      .map(([, n, what]) => `${n} ${what}`)
      .sort(),
    files: ['Scanned', 'Imported', 'Rejected'].map(says),
  };
  const is = { jobs: jobsOf(events), counts, files: ['scanned', 'imported', 'rejected'].map(sum) };
  if (JSON.stringify(said) !== JSON.stringify(is)) {
    wrong.push(`digest ${id} says ${JSON.stringify(said)}, and what it holds is ${JSON.stringify(is)}`);
  }
  const subjects = counts.map((each) => each.replaceAll('_', ' '));
  if (subject.length < 99 && !subjects.every((each) => subject.includes(each))) {
    wrong.push(`the subject '${subject}' does not say ${subjects.join(', ')}`);
  }
  return wrong;
}

const isSame = (a: ReadonlySet<string>, b: ReadonlySet<string>) =>
  a.size === b.size && [...a].every((each) => b.has(each));

/** What comes twice is the same, and comes after something was let fail. */
function ofRepeats({ digests, emails, failures, published }: ChaosWorld): string[] {
  const wrong: string[] = [];
  const failedBetween = (from: number, to: number, of: (name: string) => boolean) =>
    failures.some((each) => from <= each.at && each.at <= to && of(each.of));
  for (const [id, [first, ...others]] of Map.groupBy(digests, (digest) => digest.id)) {
    let before = first;
    for (const other of others) {
      if (!before || before.body !== other.body || !isSame(before.holds, other.holds)) {
        wrong.push(`digest ${id} came again with other content`);
      }
      if (before && !failedBetween(before.at, other.at, (name) => name === 'SendDigests')) {
        wrong.push(`digest ${id} came again, and nothing had failed`);
      }
      before = other;
    }
  }
  const ofSubject = Map.groupBy(published, subjectOf);
  for (const [subject, all] of Map.groupBy(emails, (email) => email.subject)) {
    // A forged event can have the id of a job with another data store: two verdicts, and one subject.
    const ids = new Set(ofSubject.get(subject)?.map(({ id }) => id));
    for (const other of all.slice(ids.size)) {
      if (!/^(OVERDUE|WATCH)/.test(subject) && !failedBetween(0, other.at, () => true)) {
        wrong.push(`the email '${subject}' came again, and nothing had failed`);
      }
    }
  }
  return wrong;
}

/**
 * No hour and no minute has more emails of verdicts than it may have, and after an hour that had more verdicts there are none;
 * and nothing waits for a digest that could have come at once. Failures are counted apart from successes.
 */
function ofGuard(world: ChaosWorld, published: ReadonlyMap<string, Published>): string[] {
  const wrong: string[] = [];
  const skew = world.scenario.skewSeconds * 1000;
  const slow = world.scenario.disturbances.some((each) => each.kind === 'service' && each.how === 'slow');
  const hourOf = (at: number) => Math.floor((at + skew) / HOUR);
  const isIn = (hour: number, at: number) => hourOf(at) === hour && hourOf(at - LAG) === hour;
  for (const succeeded of [false, true]) {
    const counts = (eventId: string) =>
      !published.has(eventId) || (published.get(eventId)?.data.outcome === 'SUCCEEDED') === succeeded;
    const asked = world.asked.filter(({ eventId }) => counts(eventId));
    const decided = [...world.decided].filter(([eventId]) => published.has(eventId) && counts(eventId));
    const kind = succeeded ? 'successes' : 'failures';
    const askedWithin = (from: number, to: number) => {
      const ids = new Set<string>();
      for (let i = countWhile(asked, ({ at }) => at < from); i < asked.length; i++) {
        const { at, eventId } = asked[i] as (typeof asked)[number];
        if (at > to) break;
        ids.add(eventId);
      }
      return ids.size;
    };
    const byHour = Map.groupBy(decided, ([, { at }]) => hourOf(at));
    for (const [hour, of] of byHour) {
      const emails = of.filter(([, { decision, at }]) => decision === 'email' && isIn(hour, at));
      if (emails.length > PER_HOUR) wrong.push(`${emails.length} emails about ${kind} in an hour`);
      const before = byHour.get(hour - 1)?.filter(([, { at }]) => isIn(hour - 1, at)).length ?? 0;
      if (before > PER_HOUR && emails.length > 0) {
        wrong.push(`${emails.length} emails about ${kind} after an hour with ${before} of them`);
      }
    }
    const atOnce = decided.filter(
      ([eventId, { decision }]) =>
        decision === 'email' && isVerdict(published.get(eventId) as Published) && !slow,
    );
    for (const of of Map.groupBy(atOnce, ([, { at }]) => Math.floor((at + skew) / MINUTE)).values()) {
      if (of.length > PER_MINUTE) wrong.push(`${of.length} emails about ${kind} in a minute`);
    }
    for (const [eventId, { at, decision }] of decided) {
      if (decision === 'email') continue;
      // The hour may have begun, or have ended before, when the function took the time.
      const began = hourOf(at - LAG) * HOUR - skew;
      const most = Math.max(
        askedWithin(began, at),
        askedWithin(began + HOUR - LAG, at),
        askedWithin(began - HOUR, began + LAG),
      );
      if (most <= PER_HOUR && askedWithin(at - MINUTE - (slow ? LAG : 0), at) <= PER_MINUTE) {
        wrong.push(`${eventId} waited for a digest, and there were ${most} ${kind} in its hour`);
      }
    }
  }
  return wrong;
}
