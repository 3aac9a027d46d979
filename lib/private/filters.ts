import { Token } from 'aws-cdk-lib';
import type { EventPattern } from 'aws-cdk-lib/aws-events';
import { SubscriptionFilter } from 'aws-cdk-lib/aws-sns';
import type { IConstruct } from 'constructs';
import {
  MESSAGE_ATTRIBUTES,
  MESSAGE_FORMATS,
  NOTICE_OUTCOMES,
  OUTCOMES,
  PUBLISHED,
  type PublishedType,
} from '../../core/contract/names.ts';
import type { EmailSubscriberOptions, SubscriberFilter } from '../subscribers.ts';
import { sizeOf } from './size.ts';
import { check, checkDatastoreIds, checkEach } from './validate.ts';

const ALL_OUTCOMES: readonly string[] = [...OUTCOMES, ...Object.values(NOTICE_OUTCOMES)];
/** What events of each type can say. */
const OUTCOMES_OF: Record<PublishedType, readonly string[]> = {
  [PUBLISHED.importFinished]: OUTCOMES,
  [PUBLISHED.importOverdue]: [NOTICE_OUTCOMES.overdue],
  [PUBLISHED.watchFailed]: [NOTICE_OUTCOMES.watchFailed],
};

/**
 * Checks what a subscriber wants.
 * @param watched - the data stores that are watched, or undefined where all are.
 * @param type - the detail-type of the events, where it is one.
 * @throws Error on a filter through which nothing could come.
 */
export function checkFilter(
  { outcomes, datastoreIds }: SubscriberFilter,
  watched: readonly string[] | undefined,
  type?: PublishedType,
): void {
  const allowed = type ? OUTCOMES_OF[type] : ALL_OUTCOMES;
  check(outcomes?.length !== 0, "'outcomes' must name at least one outcome or be left out, got none");
  checkEach('outcomes', outcomes ?? [], {
    pattern: new RegExp(`^(${allowed.join('|')})$`),
    allowed: `${allowed.length > 1 ? 'one of ' : ''}${allowed.join(', ')}${type ? ` in '${type}'` : ''}`,
  });
  checkDatastoreIds(datastoreIds);
  // What is known only at deployment may be one of them.
  const known = watched?.some((id) => Token.isUnresolved(id)) ? undefined : watched;
  const unwatched = known && datastoreIds?.find((id) => !Token.isUnresolved(id) && !known.includes(id));
  check(
    unwatched === undefined,
    `each of 'datastoreIds' must be one that is watched (${watched?.join(', ')}), got '${unwatched}'`,
  );
}

/** Checks that nothing is filtered twice: the CDK would let through what either of the two wants. */
export function checkNoOverlap(
  { outcomes, datastoreIds }: SubscriberFilter,
  pattern: EventPattern | undefined,
): void {
  const { data = {}, metadata = {} } = pattern?.detail ?? {};
  check(
    !('watcher' in metadata),
    `'eventPattern' must not say which 'watcher' is wanted, the rule is of this one, got ${JSON.stringify(metadata.watcher)}`,
  );
  for (const [name, wanted, field] of [
    ['outcomes', outcomes, 'outcome'],
    ['datastoreIds', datastoreIds, 'datastoreId'],
  ] as const) {
    check(
      wanted === undefined || !(field in data),
      `'${name}' and 'eventPattern' must not both say which '${field}' is wanted, got ${JSON.stringify(data[field])} in 'eventPattern'`,
    );
  }
}

/** Others may publish on the same bus: events of this watcher, and those of versions that did not say whose they are. */
export function publishedBy(watcherName: string) {
  return { source: [PUBLISHED.source], detail: { metadata: { watcher: [watcherName, NOT_SAID] } } };
}

/** Until nothing can run any more that does not say which watcher it is of (docs/upgrading.md). */
const NOT_SAID = { exists: false };

/**
 * Lets through the events that a subscriber wants: a pattern for each rule that it takes.
 * @param type - the detail-type of the events, where it is one.
 * @param more - what the caller adds to the pattern.
 */
export function eventPatterns(
  scope: IConstruct,
  watcherName: string,
  { outcomes, datastoreIds }: SubscriberFilter,
  type?: PublishedType,
  more?: EventPattern,
): EventPattern[] {
  const patternOf = (ids: readonly string[] | undefined): EventPattern => {
    const data = {
      ...(outcomes && { outcome: [...outcomes] }),
      ...(ids && { datastoreId: [...ids] }),
    };
    const { source, detail } = publishedBy(watcherName);
    return {
      source,
      ...(type && { detailType: [type] }),
      detail: { ...detail, ...(Object.keys(data).length > 0 && { data }) },
    };
  };
  return splitPattern(scope, datastoreIds, patternOf, more);
}

/** The most characters that an event pattern may have (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html). */
export const MAX_PATTERN = 2048;
/** Room in rules that are several for what somebody adds to their patterns later. */
const SLACK = 100;
/** How long what stands for an id of a data store will be. */
const ID_LENGTH = 32;

/**
 * As few patterns as are needed for all ids, each short enough for a rule.
 * @param more - what is added to each of them.
 */
export function splitPattern(
  scope: IConstruct,
  datastoreIds: readonly string[] | undefined,
  patternOf: (ids: readonly string[] | undefined) => EventPattern,
  more: EventPattern = {},
): EventPattern[] {
  const whole = patternOf(datastoreIds);
  const reserved = lengthOf(scope, more);
  if (!datastoreIds || lengthOf(scope, whole) + reserved <= MAX_PATTERN) return [whole];
  // Two quotation marks and a comma for each.
  const room = MAX_PATTERN - SLACK - reserved - lengthOf(scope, patternOf([]));
  const count = Math.max(1, Math.floor(room / (ID_LENGTH + 3)));
  const starts = Array.from({ length: Math.ceil(datastoreIds.length / count) }, (_, index) => index * count);
  return starts.map((start) => patternOf(datastoreIds.slice(start, start + count)));
}

/** How many characters a pattern has once all of it is known; what is not yet counts as an id of a data store. */
export function lengthOf(scope: IConstruct, pattern: EventPattern): number {
  const { detailType, ...rest } = pattern;
  return sizeOf(scope, { ...rest, ...(detailType && { 'detail-type': detailType }) }, ID_LENGTH);
}

/** https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html */
const MAX_COMBINATIONS = 150;

/**
 * Lets through the emails of some watchers that a subscriber wants, and no message for chat: those of single verdicts and their
 * digests, or only its own digests.
 * @param digests - the formats of these.
 * @throws Error where it has more combinations than SNS takes, which says how many data stores fit.
 */
export function emailFilterPolicy(
  watcherNames: readonly string[],
  digests: readonly string[],
  { every = 'verdict', outcomes, datastoreIds }: EmailSubscriberOptions,
): Record<string, SubscriptionFilter> {
  const oneOf = (allowlist: readonly unknown[]) => new SubscriptionFilter([...allowlist]);
  if (every !== 'verdict') return { [MESSAGE_ATTRIBUTES.format]: oneOf(digests) };
  const others = (digests.length + 1) * (watcherNames.length + 1) * (outcomes?.length ?? 1);
  const most = Math.floor(MAX_COMBINATIONS / others);
  check(
    (datastoreIds?.length ?? 1) <= most,
    `'datastoreIds' of an email must name ${most} at most with these outcomes, got ${datastoreIds?.length}: leave it out for all that are watched`,
  );
  return {
    [MESSAGE_ATTRIBUTES.format]: oneOf([MESSAGE_FORMATS.email, ...digests]),
    [MESSAGE_ATTRIBUTES.watcher]: oneOf([...watcherNames, NOT_SAID]),
    ...(outcomes && { [MESSAGE_ATTRIBUTES.outcome]: oneOf(outcomes) }),
    ...(datastoreIds && { [MESSAGE_ATTRIBUTES.datastoreId]: oneOf(datastoreIds) }),
  };
}
