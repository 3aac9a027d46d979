import { Token } from 'aws-cdk-lib';
import type { EventPattern } from 'aws-cdk-lib/aws-events';
import { SubscriptionFilter } from 'aws-cdk-lib/aws-sns';
import {
  MESSAGE_ATTRIBUTES,
  MESSAGE_FORMATS,
  NOTICE_OUTCOMES,
  OUTCOMES,
  PUBLISHED,
} from '../../core/contract/names.ts';
import type { TextRule } from '../../core/contract/patterns.ts';
import type { SubscriberFilter } from '../subscribers.ts';
import { check, checkDatastoreIds, checkEach } from './validate.ts';

const ALL_OUTCOMES: readonly string[] = [...OUTCOMES, ...Object.values(NOTICE_OUTCOMES)];
const OUTCOME: TextRule = {
  pattern: new RegExp(`^(${ALL_OUTCOMES.join('|')})$`),
  allowed: `one of ${ALL_OUTCOMES.join(', ')}`,
};

/**
 * Checks what a subscriber wants.
 * @param watched - the data stores that are watched, or undefined where all are.
 * @throws Error on a filter through which nothing could come.
 */
export function checkFilter(
  { outcomes, datastoreIds }: SubscriberFilter,
  watched: readonly string[] | undefined,
): void {
  check(outcomes?.length !== 0, "'outcomes' must name at least one outcome or be left out, got none");
  checkEach('outcomes', outcomes ?? [], OUTCOME);
  checkDatastoreIds(datastoreIds);
  // What is known only at deployment may be one of them.
  const known = watched?.some((id) => Token.isUnresolved(id)) ? undefined : watched;
  const unwatched = known && datastoreIds?.find((id) => !Token.isUnresolved(id) && !known.includes(id));
  check(
    unwatched === undefined,
    `each of 'datastoreIds' must be one that is watched (${watched?.join(', ')}), got '${unwatched}'`,
  );
}

/** Lets through the events that a subscriber wants. */
export function eventPattern({ outcomes, datastoreIds }: SubscriberFilter): EventPattern {
  const data = {
    ...(outcomes && { outcome: [...outcomes] }),
    ...(datastoreIds && { datastoreId: [...datastoreIds] }),
  };
  return {
    source: [PUBLISHED.source],
    ...(Object.keys(data).length > 0 && { detail: { data } }),
  };
}

/** Lets through the emails that a subscriber wants, and no message for chat. */
export function emailFilterPolicy({ outcomes, datastoreIds }: SubscriberFilter) {
  const oneOf = (allowlist: readonly string[]) =>
    SubscriptionFilter.stringFilter({ allowlist: [...allowlist] });
  return {
    [MESSAGE_ATTRIBUTES.format]: oneOf([MESSAGE_FORMATS.email]),
    ...(outcomes && { [MESSAGE_ATTRIBUTES.outcome]: oneOf(outcomes) }),
    ...(datastoreIds && { [MESSAGE_ATTRIBUTES.datastoreId]: oneOf(datastoreIds) }),
  };
}
