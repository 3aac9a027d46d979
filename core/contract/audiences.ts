import { NOTICE_OUTCOMES, OUTCOMES } from './names.ts';

/** How often somebody wants to be notified: of each verdict at once, or with a digest an hour or a day. */
export const CADENCES = ['verdict', 'hour', 'day'] as const;
export type Cadence = (typeof CADENCES)[number];

/** Stays far below the 10 emails a second at which SNS deactivates a subscription (docs/emails.md). */
export const EMAILS_PER_MINUTE = 8;

/** Those who want the same, as often. Infrastructure and functions share the list of them. */
export interface Audience {
  /** Letters and digits. The same as long as the audience wants the same of the same watcher. */
  readonly id: string;
  readonly channel: 'email' | 'chat';
  readonly every: Cadence;
  /** What it wants to be notified of; absent: all. */
  readonly outcomes?: readonly string[];
  /** What the ids of its data stores end with; absent: all data stores. */
  readonly datastores?: readonly string[];
}

const ALL_OUTCOMES: readonly string[] = [...OUTCOMES, ...Object.values(NOTICE_OUTCOMES)];

/** As short as it can be: the environment of a function takes 4 KB. Outcomes and data stores are numbers of a list. */
interface Encoded {
  readonly stores: readonly string[];
  readonly audiences: readonly (readonly [
    id: string,
    /** Emails first, then chat. */
    every: number,
    outcomes: readonly number[] | 0,
    stores: readonly number[] | 0,
  ])[];
}

/** The audiences as they stand in the environment of a function, before it is made JSON. */
export function encodeAudiences(audiences: readonly Audience[]): Encoded {
  const stores = [...new Set(audiences.flatMap(({ datastores = [] }) => datastores))];
  return {
    stores,
    audiences: audiences.map(({ id, channel, every, outcomes, datastores }) => [
      id,
      CADENCES.indexOf(every) + (channel === 'chat' ? CADENCES.length : 0),
      outcomes?.map((outcome) => ALL_OUTCOMES.indexOf(outcome)) ?? 0,
      datastores?.map((store) => stores.indexOf(store)) ?? 0,
    ]),
  };
}

/** @param text - JSON of what {@link encodeAudiences} returns. */
export function decodeAudiences(text: string): Audience[] {
  const { stores, audiences } = JSON.parse(text) as Encoded;
  return audiences.map(([id, every, outcomes, of]) => ({
    id,
    channel: every < CADENCES.length ? 'email' : 'chat',
    every: CADENCES[every % CADENCES.length] as Cadence,
    ...(outcomes && { outcomes: outcomes.map((index) => ALL_OUTCOMES[index] ?? '') }),
    ...(of && { datastores: of.map((index) => stores[index] ?? '') }),
  }));
}

/** Whether an audience wants to be notified of something. A failed watch of an unknown job is of no data store. */
export function wants(
  { outcomes, datastores }: Audience,
  { outcome, datastoreId }: { readonly outcome: string; readonly datastoreId?: string },
): boolean {
  if (outcomes && !outcomes.includes(outcome)) return false;
  return !datastores || datastores.some((end) => datastoreId?.endsWith(end));
}

/** The message attribute `format` of the digests of an audience. */
export function digestFormat({ id }: Pick<Audience, 'id'>): string {
  return `digest-${id}`;
}
