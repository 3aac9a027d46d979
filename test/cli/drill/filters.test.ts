import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Attributes, parseFilter, planMessages } from '../../../cli/drill/filters.ts';

type Policy = Readonly<Record<string, readonly (string | { readonly exists: boolean })[]>>;
const OURS = ['Watch', { exists: false }];
const EVERYTHING: Policy = { format: ['email'], watcher: OURS };
const FAILURES: Policy = { ...EVERYTHING, outcome: ['FAILED', 'ABANDONED'] };
const OVERDUE: Policy = { ...EVERYTHING, outcome: ['OVERDUE'] };
const HOURLY: Policy = { format: ['digest-hour-1'], watcher: OURS };
const DAILY: Policy = { format: ['digest-day-2'], watcher: OURS };

/** https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html and attribute-key-matching.html, once more. */
function isLetThrough(policy: Policy, attributes: Attributes): boolean {
  for (const [name, conditions] of Object.entries(policy)) {
    const elements = attributes[name] ?? [];
    const met = conditions.filter((condition) => {
      if (typeof condition === 'string') return elements.includes(condition);
      return condition.exists
        ? elements.length > 0
        : elements.length === 0 && Object.keys(attributes).length > 0;
    });
    if (met.length === 0) return false;
  }
  return true;
}

/** How many of the planned messages each policy lets through. */
function planned(policies: readonly Policy[]) {
  const messages = planMessages(policies.map((policy) => parseFilter(JSON.stringify(policy))));
  const counts = policies.map(
    (policy) => messages.filter(({ attributes }) => isLetThrough(policy, attributes)).length,
  );
  return { messages: messages.map(({ attributes }) => attributes), counts };
}

describe('each filter lets exactly one message through', () => {
  test.each<[string, readonly Policy[], readonly Attributes[]]>([
    ['no filter', [{}], [{ test: ['true'] }]],
    [
      'filters that have nothing in common: a message for each',
      [FAILURES, HOURLY, DAILY],
      [
        { test: ['true'], format: ['email'], watcher: ['Watch'], outcome: ['FAILED'] },
        { test: ['true'], format: ['digest-hour-1'], watcher: ['Watch'] },
        { test: ['true'], format: ['digest-day-2'], watcher: ['Watch'] },
      ],
    ],
    [
      'one that takes everything which another takes: the same for both',
      [EVERYTHING, FAILURES],
      [{ test: ['true'], format: ['email'], watcher: ['Watch'], outcome: ['FAILED'] }],
    ],
    [
      'one whose only value another takes, too',
      [FAILURES, { ...EVERYTHING, outcome: ['FAILED'] }],
      [{ test: ['true'], format: ['email'], watcher: ['Watch'], outcome: ['FAILED'] }],
    ],
    [
      'values that the other does not take, where there are any',
      [FAILURES, { ...EVERYTHING, outcome: ['FAILED', 'OVERDUE'] }],
      [
        { test: ['true'], format: ['email'], watcher: ['Watch'], outcome: ['ABANDONED'] },
        { test: ['true'], format: ['email'], watcher: ['Watch'], outcome: ['OVERDUE'] },
      ],
    ],
    [
      'two that have nothing in common, and one that takes both: an attribute with two values',
      [EVERYTHING, FAILURES, OVERDUE],
      [{ test: ['true'], format: ['email'], watcher: ['Watch'], outcome: ['OVERDUE', 'FAILED'] }],
    ],
    [
      'watchers that share a topic',
      [
        { format: ['email'], watcher: ['One', { exists: false }] },
        { format: ['email'], watcher: ['Two', { exists: false }] },
      ],
      [
        { test: ['true'], format: ['email'], watcher: ['One'] },
        { test: ['true'], format: ['email'], watcher: ['Two'] },
      ],
    ],
    [
      'an attribute that must not be there, and one that may be anything',
      [{ outcome: [{ exists: false }] }, { outcome: [{ exists: true }] }],
      [{ test: ['true'] }, { test: ['true'], outcome: ['drill'] }],
    ],
    ['the attribute of tests', [{ test: [{ exists: false }], format: ['email'] }], [{ format: ['email'] }]],
  ])('%s', (_, policies, expected) => {
    const { messages, counts } = planned(policies);
    expect(counts).toEqual(policies.map(() => 1));
    expect(messages).toEqual(expected);
  });

  test('a third gets two only where two want what excludes the other', () => {
    const { counts } = planned([{ outcome: [{ exists: false }] }, { outcome: ['FAILED'] }, {}]);
    expect(counts).toEqual([1, 1, 2]);
  });

  test('whatever the filters are', () => {
    const condition = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'c') },
      fc.constantFrom({ exists: true }, { exists: false }),
    );
    const policy = fc.dictionary(
      fc.constantFrom('format', 'watcher', 'outcome', 'datastoreId'),
      fc.uniqueArray(condition, { minLength: 1, maxLength: 3 }),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(policy, { maxLength: 5, selector: (each) => JSON.stringify(each) }),
        (all) => {
          const { counts } = planned(all);
          expect(counts.filter((count) => count === 0)).toEqual([]);
          const absence = JSON.stringify(all).includes('"exists":false');
          if (!absence) expect(counts.filter((count) => count > 1)).toEqual([]);
        },
      ),
    );
  });
});

describe('a policy', () => {
  const of = (policy: object, scope?: string) => parseFilter(JSON.stringify(policy), scope);

  test('is the same in another order, and another with another value', () => {
    expect(of({ a: ['1', '2'], b: ['3'] }).key).toBe(of({ b: ['3'], a: ['2', '1'] }).key);
    expect(of({ a: ['1'] }).key).not.toBe(of({ a: ['2'] }).key);
    expect(of({ $or: [{ a: ['1'] }] }).key).not.toBe(of({ $or: [{ a: ['2'] }] }).key);
    expect(of({ a: ['1'] }, 'MessageBody').key).not.toBe(of({ a: ['1'] }).key);
  });

  test.each<[object, string | undefined, string[]]>([
    [{ outcome: [{ prefix: 'FAIL' }] }, undefined, ['prefix (outcome)']],
    [{ outcome: [{ 'anything-but': ['SUCCEEDED'] }] }, undefined, ['anything-but (outcome)']],
    [{ size: [1], outcome: [null] }, undefined, ['number (size)', 'null (outcome)']],
    [{ $or: [{ outcome: ['FAILED'] }, { format: ['email'] }] }, undefined, ['$or']],
    [{ outcome: ['FAILED'] }, 'MessageBody', ['MessageBody']],
    [{ detail: { outcome: ['FAILED'] } }, undefined, ['detail']],
  ])('with what is not known says what that is, and gets no message: %j %s', (policy, scope, unknown) => {
    const filter = of(policy, scope);
    expect(filter.unknown).toEqual(unknown);
    expect(planMessages([filter, parseFilter()])).toEqual([
      { attributes: { test: ['true'] }, filters: [parseFilter()] },
    ]);
  });

  test('with a value beside what is not known gets one by that value', () => {
    const [message] = planMessages([of({ outcome: [{ prefix: 'FAIL' }, 'OVERDUE'] })]);
    expect(message?.attributes).toEqual({ test: ['true'], outcome: ['OVERDUE'] });
  });
});
