import { expect, test } from 'vitest';
import { matches, parsePattern } from '../../local/event-pattern.ts';

const event = {
  source: 'aws.medical-imaging',
  'detail-type': 'Import Job Completed',
  resources: ['arn:one', 'arn:two'],
  detail: { datastoreId: 'a', count: 3, flag: true, nothing: null, nested: { x: 1 }, empty: [] },
};

test.each([
  ['one value', { source: ['aws.medical-imaging'] }],
  ['one value of several', { source: ['other', 'aws.medical-imaging'] }],
  ['a nested member', { detail: { datastoreId: ['a'] } }],
  ['any entry of a list in the event', { resources: ['arn:two'] }],
  ['a number', { detail: { count: [3] } }],
  ['a boolean', { detail: { flag: [true] } }],
  ['null', { detail: { nothing: [null] } }],
  ['a member that exists', { detail: { datastoreId: [{ exists: true }] } }],
  ['a member that exists and is null', { detail: { nothing: [{ exists: true }] } }],
  ['a member that exists and is a list', { resources: [{ exists: true }] }],
  ['a member that does not exist', { detail: { jobId: [{ exists: false }] } }],
  [
    'a member that does not exist where its parent does not either',
    { detail: { a: { b: [{ exists: false }] } } },
  ],
  ['a value or absence, by the value', { detail: { datastoreId: [{ exists: false }, 'a'] } }],
  ['a value or absence, by absence', { detail: { jobId: ['a', { exists: false }] } }],
  ['an object for what is not a leaf', { detail: { nested: [{ exists: false }] } }],
  ['an empty list for what is not there', { detail: { empty: [{ exists: false }] } }],
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
  ['a member that exists', { detail: { datastoreId: [{ exists: false }] } }],
  ['a member that exists and is null', { detail: { nothing: [{ exists: false }] } }],
  ['a member that does not exist', { detail: { jobId: [{ exists: true }] } }],
  ['an object in place of a leaf', { detail: { nested: [{ exists: true }] } }],
  ['an empty list', { detail: { empty: [{ exists: true }] } }],
  ['a value or absence, with another value', { detail: { datastoreId: ['b', { exists: false }] } }],
  ['one of two members', { source: ['aws.medical-imaging'], account: ['1'] }],
])('does not match with %s', (_, pattern) => {
  expect(matches(parsePattern(pattern), event)).toBe(false);
});

test.each([
  [{ detail: { name: [{ prefix: 'a' }] } }, 'does not know the operator prefix at detail.name'],
  [
    { detail: { name: ['a', { 'anything-but': 1 }] } },
    'does not know the operator anything-but at detail.name',
  ],
  [{ a: [{ exists: true, prefix: 'a' }] }, 'does not know the operator prefix at a'],
  [{ a: [{ exists: 'false' }] }, 'expected true or false for the operator exists at a'],
  [{ a: [{ exists: null }] }, 'expected true or false for the operator exists at a'],
  [{ a: { exists: false } }, "expected an object at 'a.exists'"],
  [{ $or: [{ source: ['a'] }] }, 'does not know the operator $or'],
  [{ source: 'a' }, "expected an object at 'source'"],
])('refuses what it does not know: %j', (pattern, message) => {
  expect(() => parsePattern(pattern)).toThrow(message);
});
