import { describe, expect, test } from 'vitest';
import {
  ACCOUNT_ID,
  CLIENT_TOKEN,
  DATASTORE_ID,
  JOB_ID,
  JOB_NAME,
  ROLE_ARN,
  S3_URI,
  type TextRule,
  UID,
  within,
} from '../../../core/contract/patterns.ts';

const role = 'arn:aws:iam::111122223333:role/';

describe.each<[string, TextRule, string[], string[]]>([
  ['a data store', DATASTORE_ID, ['a0'.repeat(16)], ['a'.repeat(31), 'a'.repeat(33), 'A'.repeat(32)]],
  ['a job', JOB_ID, ['0', 'z'.repeat(32)], ['', 'z'.repeat(33), 'a-b', 'a\n']],
  [
    'a place',
    S3_URI,
    ['s3://abc', 's3://abc/', `s3://abc/${'k'.repeat(1015)}`],
    ['s3://ab', 's3://ABC/', 'https://abc/', `s3://abc/${'k'.repeat(1016)}`],
  ],
  ['the name of a job', JOB_NAME, ['a', 'A.b_c/d#e-9', 'x'.repeat(64)], ['', 'a b', 'x'.repeat(65)]],
  ['a client token', CLIENT_TOKEN, ['a', 'A.b_c-9', 'x'.repeat(64)], ['', 'a/b', 'x'.repeat(65)]],
  [
    'a role',
    ROLE_ARN,
    [`${role}a/b`, 'arn:aws-cn:iam::111122223333:role/a', role + 'x'.repeat(2048 - role.length)],
    [
      role,
      'arn:aws:iam::1:role/x',
      'arn:aws:iam::111122223333:user/x',
      role + 'x'.repeat(2049 - role.length),
    ],
  ],
  ['an account', ACCOUNT_ID, ['111122223333'], ['11112222333', '1111222233334', 'a'.repeat(12)]],
  ['a UID', UID, ['', '1.2.840.10008', '1'.repeat(512)], ['1.2.x', '1'.repeat(513)]],
])('%s', (_, { pattern }, good, bad) => {
  test.each(good)('may be %j', (text) => {
    expect(text).toMatch(pattern);
  });

  test.each(bad)('may not be %j', (text) => {
    expect(text).not.toMatch(pattern);
  });
});

test('a pattern can be a part of a longer one', () => {
  expect(new RegExp(`^${within(ACCOUNT_ID)}-${within(JOB_ID)}$`).exec('111122223333-a1')).not.toBeNull();
});
