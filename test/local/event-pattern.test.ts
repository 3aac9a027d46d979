import { expect, test } from '@jest/globals';
import { matches, parsePattern } from '../../local/event-pattern.ts';

const event = {
  source: 'aws.medical-imaging',
  'detail-type': 'Import Job Completed',
  resources: ['arn:one', 'arn:two'],
  detail: { datastoreId: 'a', count: 3, flag: true, nothing: null },
};

test.each([
  ['one value', { source: ['aws.medical-imaging'] }],
  ['one value of several', { source: ['other', 'aws.medical-imaging'] }],
  ['a nested member', { detail: { datastoreId: ['a'] } }],
  ['any entry of a list in the event', { resources: ['arn:two'] }],
  ['a number', { detail: { count: [3] } }],
  ['a boolean', { detail: { flag: [true] } }],
  ['null', { detail: { nothing: [null] } }],
  ['all members at once', { source: ['aws.medical-imaging'], detail: { datastoreId: ['b', 'a'] } }],
])('matches by %s', (_, pattern) => {
  expect(matches(parsePattern(pattern), event)).toBe(true);
});

test.each([
  ['another value', { source: ['aws.s3'] }],
  ['a value in other case', { source: ['AWS.medical-imaging'] }],
  ['only a part of the value', { 'detail-type': ['Import Job'] }],
  ['a number given as text', { detail: { count: ['3'] } }],
  ['a member that the event lacks', { detail: { jobId: ['x'] } }],
  ['a nested member where the event has a text', { source: { name: ['x'] } }],
  ['one of two members', { source: ['aws.medical-imaging'], account: ['1'] }],
])('does not match with %s', (_, pattern) => {
  expect(matches(parsePattern(pattern), event)).toBe(false);
});

test.each([
  [{ detail: { name: [{ prefix: 'a' }] } }, 'does not know the operator prefix at detail.name'],
  [{ detail: { name: ['a', { exists: false }] } }, 'does not know the operator exists at detail.name'],
  [{ $or: [{ source: ['a'] }] }, 'does not know the operator $or'],
  [{ source: 'a' }, "expected an object at 'source'"],
])('refuses what it does not know: %j', (pattern, message) => {
  expect(() => parsePattern(pattern)).toThrow(message);
});
