import { expect, test } from 'vitest';
import { buildDigest, type DigestFacts } from '../../../../core/domain/digests/digest.ts';
import { type DigestEntry, entryOf } from '../../../../core/domain/digests/entry.ts';
import { DigestTally } from '../../../../core/domain/digests/tally.ts';

const store = (character: string) => character.repeat(32);
const hour = (minute: number) => new Date(Date.UTC(2026, 10, 27, 8, minute)).toISOString();

function entry(job: string, more: Partial<DigestEntry> = {}): DigestEntry {
  return {
    outcome: 'PARTIALLY_FAILED',
    datastoreId: store('1'),
    jobId: job,
    at: hour(1),
    files: { scanned: 10, imported: 8, rejected: 2, unaccounted: 0 },
    imageSets: { created: 1, changed: 2, nonPrimary: 0 },
    reasons: [['ValidationException', 'DICOM attribute # does not exist', 2]],
    ...more,
  };
}

function digest(entries: readonly DigestEntry[], facts: Partial<DigestFacts> = {}) {
  const tally = new DigestTally();
  for (const [index, each] of entries.entries()) tally.add(`event-${index}`, each);
  return buildDigest({
    id: '20261127T0900Z-a1',
    every: 'hour',
    boundary: Date.UTC(2026, 10, 27, 9),
    timeZone: 'UTC',
    emailsPerHour: 20,
    tally,
    ...facts,
  });
}

test('a digest has the worst first: outcomes, data stores, reasons with an example, jobs, and the command that lists them', () => {
  const { email } = digest([
    entry('a1'),
    entry('a2', { datastoreId: store('2'), at: hour(5) }),
    entry('a3', { outcome: 'FAILED', at: hour(9), reasons: [['InternalServerException', 'busy', 10]] }),
    entry('a4', { outcome: 'SUCCEEDED', reasons: [] }),
  ]);
  expect(email).toMatchInlineSnapshot(`
    {
      "body": "4 DICOM imports with news, in the hour from 2026-11-27 08:00 to
    2026-11-27 09:00 (UTC).

    Digest      20261127T0900Z-a1
    Outcomes    1 FAILED
                2 PARTIALLY_FAILED
                1 SUCCEEDED
    Scanned     40 files
    Imported    32 files
    Rejected    8 files
    Image sets  4 new, 8 changed

    By data store
      11111111111111111111111111111111: 1 FAILED, 1 PARTIALLY_FAILED, 1
        SUCCEEDED
      22222222222222222222222222222222: 1 PARTIALLY_FAILED

    Why files were rejected
      10 x InternalServerException: busy (1 job, for example a3)
      4 x ValidationException: DICOM attribute # does not exist (2 jobs,
        for example a1)

    Jobs
      2026-11-27 08:09 FAILED a3 in 11111111111111111111111111111111
      2026-11-27 08:01 PARTIALLY_FAILED a1 in
        11111111111111111111111111111111
      2026-11-27 08:05 PARTIALLY_FAILED a2 in
        22222222222222222222222222222222
      2026-11-27 08:01 SUCCEEDED a4 in 11111111111111111111111111111111

    What to do
      - Begin with the first reason: what is at fault there is at fault in
        all of its jobs. The commands below, one for each data store, list
        them with their outcomes.
      - Read what one job refused with dicom-import-watcher report
        --datastore-id <id> --job-id <id>.

    Where to look
      On the command line:
      npx dicom-import-watcher list \\
        --datastore-id 11111111111111111111111111111111
      npx dicom-import-watcher list \\
        --datastore-id 22222222222222222222222222222222
    ",
      "subject": "DIGEST 20261127T0900Z-a1: 1 FAILED, 2 PARTIALLY FAILED, 1 SUCCEEDED",
    }
  `);
});

test('up to 30 jobs are named, and how many more there are', () => {
  const { email } = digest(
    Array.from({ length: 5000 }, (_, index) =>
      entry(`job${index}`, index === 4999 ? { outcome: 'FAILED' } : {}),
    ),
  );
  expect(email.subject).toBe('DIGEST 20261127T0900Z-a1: 1 FAILED, 4999 PARTIALLY FAILED');
  expect(email.body).toContain('The worst 30 of 5000\n  2026-11-27 08:01 FAILED job4999\n');
  expect(email.body.match(/ job\d+$/gm)).toHaveLength(30);
  expect(email.body.replace(/\n +/g, ' ')).toContain('also the 4970 that are not named here');
});

test('a job that was given up is worse than one that failed, as in a report', () => {
  const outcomes = ['FAILED', 'ABANDONED', 'OVERDUE', 'UNVERIFIED', 'WATCH_FAILED'];
  const { email } = digest(outcomes.map((outcome) => entry(outcome, { outcome })));
  expect(email.subject).toBe(
    'DIGEST 20261127T0900Z-a1: 1 ABANDONED, 1 UNVERIFIED, 1 FAILED, 1 WATCH FAILED, 1 OVERDUE',
  );
  const jobs = email.body.split('\nJobs\n')[1]?.matchAll(/08:01 (\w+)/g) ?? [];
  expect([...jobs].map(([, outcome]) => outcome)).toEqual([
    'ABANDONED',
    'UNVERIFIED',
    'FAILED',
    'WATCH_FAILED',
    'OVERDUE',
  ]);
});

test('what is read twice counts once', () => {
  const tally = new DigestTally();
  tally.add('same', entry('a1'));
  tally.add('same', entry('a1'));
  expect([tally.notices, tally.jobs, tally.files.scanned, tally.reasons[0]?.count]).toEqual([1, 1, 10, 2]);
});

test('two notices of one job are of one job', () => {
  const tally = new DigestTally();
  tally.add('overdue', entry('a1', { outcome: 'OVERDUE' }));
  tally.add('finished', entry('a1'));
  expect([tally.notices, tally.jobs, tally.outcomes]).toEqual([
    2,
    1,
    [
      ['PARTIALLY_FAILED', 1],
      ['OVERDUE', 1],
    ],
  ]);
});

test.each([
  ['on', 'The storm guard is on: more than 20 emails were due in an hour.'],
  ['off again', 'The storm guard was on in this hour and is off again'],
  ['many in a minute', 'They came too many in a minute for an email each, or were held when'],
] as const)('it says why it comes: the guard is %s', (guard, sentence) => {
  const { email, chat } = digest([entry('a1')], { every: 'verdict', guard });
  expect(email.body.replaceAll('\n', ' ')).toContain(sentence);
  expect(JSON.parse(chat).content.description).toContain(sentence);
});

test('a day is named on the clock of its time zone', () => {
  const boundary = Date.UTC(2026, 10, 27, 6);
  const { email } = digest([entry('a1')], { every: 'day', boundary, timeZone: 'Europe/Berlin' });
  expect(email.body.replaceAll('\n', ' ')).toContain(
    'in the day from 2026-11-26 07:00 to 2026-11-27 07:00 (Europe/Berlin)',
  );
});

test('an entry has ids, outcome, counts and masked reasons, and nothing that identifies a patient', () => {
  const data = {
    outcome: 'PARTIALLY_FAILED',
    datastoreId: store('1'),
    jobId: 'a1',
    submittedAt: hour(0),
    jobName: 'SECRET',
    message: 'SECRET',
    inputS3Uri: 's3://SECRET/',
    files: {
      scanned: 3,
      imported: 1,
      rejected: 2,
      rejectedByCustomerError: 2,
      rejectedByServerError: 0,
      unaccounted: 0,
      withWarnings: 0,
    },
    imageSets: { generated: 1, nonPrimary: 0, created: 1, items: [{ imageSetId: 'SECRET' }] },
    failures: Array.from({ length: 12 }, (_, index) => ({
      exceptionType: 'V',
      message: `m${index}`,
      count: 1,
      retryable: false,
      sampleFiles: ['SECRET'],
    })),
  };
  const held = entryOf({ metadata: { id: 'x', publishedAt: hour(1) }, data });
  expect(JSON.stringify(held)).not.toContain('SECRET');
  expect(held).toEqual({
    outcome: 'PARTIALLY_FAILED',
    datastoreId: store('1'),
    jobId: 'a1',
    at: hour(1),
    submittedAt: hour(0),
    files: { scanned: 3, imported: 1, rejected: 2, unaccounted: 0 },
    imageSets: { created: 1, nonPrimary: 0 },
    reasons: Array.from({ length: 10 }, (_, index) => ['V', `m${index}`, 1]),
  });
});

test('the commands list every job of the digest: from the oldest on, for each data store', () => {
  const stores = Array.from({ length: 6 }, (_, index) => store(String(index + 1)));
  const jobs = stores.flatMap((datastoreId, index) => [
    entry(`a${index}`, { datastoreId, submittedAt: '2026-11-26T23:59:59.9Z' }),
    entry(`b${index}`, { datastoreId, submittedAt: '2026-11-20T10:11:12Z' }),
  ]);
  const since = (datastoreId: string) =>
    `list \\\n    --datastore-id ${datastoreId} \\\n    --since 2026-11-20T10:11Z\n`;
  const one = digest(jobs.slice(0, 2)).email.body;
  expect(one).toContain(since(store('1')));
  expect(one.replace(/\n +/g, ' ')).toContain('The command below lists them');
  const two = digest(jobs.slice(0, 4)).email.body;
  expect(two).toContain(since(store('2')));
  expect(two.replace(/\n +/g, ' ')).toContain('The commands below, one for each data store, list them');
  const six = digest(jobs).email.body;
  expect(six).not.toContain(since(store('6')));
  expect(six.replace(/\n +/g, ' ')).toContain('which are for the first 5 data stores');
});

test('of a data store with a job that does not say when it was submitted, all jobs are listed', () => {
  const { submittedAt: _, ...failed } = entry('a2', { outcome: 'WATCH_FAILED' });
  const { body } = digest([entry('a1', { submittedAt: hour(0) }), failed]).email;
  expect(body).toContain(`list \\\n    --datastore-id ${store('1')}\n`);
  expect(body).not.toContain('--since');
});

test('image sets of a manifest without versions are said to be unknown', () => {
  const { body } = digest([
    entry('a1', { imageSets: { created: 3, changed: 2, nonPrimary: 1 } }),
    entry('a2', { imageSets: { nonPrimary: 1 } }),
  ]).email;
  expect(body).toContain('3 new, 2 changed, unknown for 1 job, 2 not primary');
});

test('reasons after the first 1,000 are counted as one', () => {
  const tally = new DigestTally();
  for (let i = 0; i < 1005; i++) {
    tally.add(`event-${i}`, entry(`a${i}`, { reasons: [['ValidationException', `reason ${i}`, 2]] }));
  }
  expect(tally.reasons).toHaveLength(1001);
  expect(tally.reasons[0]).toMatchObject({ of: { message: '(other messages)' }, count: 10, jobs: 5 });
});
