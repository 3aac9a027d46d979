import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { buildFailureNotice } from '../../core/domain/notices/failed-watch.ts';
import { buildOverdueNotice } from '../../core/domain/notices/overdue.ts';
import { showResult } from '../../local/run-demo.ts';
import { runCli } from '../cli/run-cli.ts';
import { completed, counters, executionArn, failed, manifest, reportOf } from '../core/domain/given.ts';

/** What would clear a screen and set a title, begin lines and sections, hide and turn text, be a link, and format a chat. */
const HOSTILE = [
  '\u001b[H\u001b[JSUCCEEDED  2 of 2 files imported\u001b]0;title\u0007\u009b2J',
  '\r\n\r\nWhat to do\n  Nothing.\u0085What to do\u2028What to do\u2029',
  '\u202eDEDEECCUS\u202c zero\u200bwidth soft\u00adhyphen \u{e0041}\u{e0042} half\ud800 \u3164',
  'example.com www.x http:evil doe@hospital *bold* <!channel> <http:evil|x> [here](http:evil) `code`',
].join('');
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const now = Date.parse('2026-01-02T03:06:00.500Z');

const job = { ...completed, jobName: HOSTILE, message: HOSTILE, inputS3Uri: `s3://in-bucket/${HOSTILE}` };
const line = (exceptionType: string, message: string) =>
  JSON.stringify({ inputFile: HOSTILE, exception: { exceptionType, message } });
const lines = [line(HOSTILE, HOSTILE), line('ValidationException', HOSTILE), line('=1+1', '\u001b[2J')];
const everything = { inEvents: true, inEmails: true, manifestLinks: true };
const report = reportOf(job, manifest(counters(3, 0, 3), { failure: lines }), now, everything);
const overdue = buildOverdueNotice(
  {
    job: { ...job, jobStatus: 'IN_PROGRESS' },
    executionArn,
    runningSeconds: 9000,
    overdueAfterSeconds: 3600,
  },
  everything,
  now,
);
const failure = buildFailureNotice(
  {
    ...failed,
    name: HOSTILE,
    executionArn: `${executionArn}${HOSTILE}`,
    failedStep: HOSTILE,
    error: HOSTILE,
  },
  { repairs: true },
  now,
);
const notices = [
  ['verdict', report],
  ['overdue notice', overdue],
  ['notice on a failed watch', failure],
] as const;

describe.each(notices)('the same hostile text in the email of a %s', (_, { email, detail, chat }) => {
  const own = email.body.split('\n').filter((each) => !each.startsWith('  https://'));

  test('is text of the email and no more', () => {
    expect(email.subject).toMatch(/^[\x20-\x7e]{1,99}$/);
    for (const each of email.body.split('\n')) expect(each).not.toMatch(UNSEEN);
    expect(own.filter((each) => /^(What to do|SUCCEEDED| {0,4}Nothing\.)/.test(each))).toEqual([
      'What to do',
    ]);
    expect(own.join('\n')).not.toMatch(/example\.com|www\.x|\bhttps?:|\w@\w/);
  });

  test('is text of the chat message and no more', () => {
    const { content, metadata } = JSON.parse(chat);
    const text: string = content.description;
    const links = content.nextSteps.filter((step: string) => step.includes('https:'));
    const whatToDo = content.nextSteps.filter((step: string) => !links.includes(step));
    for (const link of links) expect(link).toMatch(/^[A-Z][a-z ]+: https:\/\/[!-~]+$/);
    for (const each of [...text.split('\n'), content.title, ...whatToDo, metadata.summary]) {
      expect(each).not.toMatch(UNSEEN);
      expect(each).not.toMatch(/^What to do|<|\]\(|`|\*bold\*|example\.com|www\.x|http:/);
    }
    expect(
      text
        .split('\n')
        .slice(1)
        .filter((each) => !/^(- |\*[A-Z][\w ]+(:\*|\*$))/.test(each)),
    ).toEqual([]);
  });

  test('is a value of the event', () => {
    expect(JSON.parse(JSON.stringify(detail))).toEqual(detail);
    expect(detail.data.summary).not.toMatch(UNSEEN);
  });
});

test('what is an id in the event is exact, and what is prose can be shown', () => {
  const { failures = [], message, jobName } = report.detail.data;
  expect(jobName).toBe(HOSTILE);
  expect(failures.flatMap(({ sampleFiles = [] }) => sampleFiles)).toEqual([HOSTILE, HOSTILE, HOSTILE]);
  for (const text of [message, ...failures.flatMap((each) => [each.exceptionType, each.message])]) {
    expect(text).not.toMatch(UNSEEN);
  }
});

describe('the same hostile text in a manifest', () => {
  let folder: string;
  const path = () => join(folder, 'of a job');
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dicom-import-watcher-'));
    await mkdir(join(path(), 'FAILURE'), { recursive: true });
    const jobSummary = { ...counters(3, 0, 3), jobId: HOSTILE, datastoreId: HOSTILE };
    await writeFile(join(path(), 'job-output-manifest.json'), JSON.stringify({ jobSummary }));
    await writeFile(join(path(), 'FAILURE/failure.ndjson'), lines.join('\n'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const shown = (format: string, env = {}) =>
    runCli(['report', '--manifest', path(), '--failures', '--format', format], env);

  test('is text of the terminal and no more', async () => {
    const { status, stdout, stderr } = await shown('table');
    expect({ status, stderr }).toEqual({ status: 12, stderr: '' });
    for (const each of stdout.split('\n')) expect(each).not.toMatch(UNSEEN);
    expect(stdout.split('\n').filter((each) => /^(What to do|SUCCEEDED| {0,4}Nothing\.)/.test(each))).toEqual(
      ['What to do'],
    );
  });

  test('is that also among styles, which are ours', async () => {
    const { stdout } = await shown('table', { FORCE_COLOR: '1' });
    const { stdout: plain } = await shown('table');
    expect(stdout).toContain('\u001b[31m\u001b[1mNOTHING_IMPORTED\u001b[22m\u001b[39m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what begins a style
    expect(stdout.replace(/\u001b\[(1|2|22|31|39)m/g, '')).toBe(plain);
  });

  test('is a cell of CSV and no more', async () => {
    const { stdout } = await shown('csv');
    const rows = stdout.trimEnd().split('\n');
    expect(rows).toHaveLength(4);
    for (const each of rows) expect(each).not.toMatch(UNSEEN);
    expect(rows[3]).toMatch(/,'=1\+1,/);
  });

  test('is the very value in JSON, whose text can be shown', async () => {
    const { stdout } = await shown('json');
    const { jobId, datastoreId, failedFiles } = JSON.parse(stdout);
    // A file cannot hold half of a surrogate pair as UTF-8; its JSON can.
    expect([jobId, datastoreId, failedFiles[0].file, failedFiles[0].message]).toEqual(Array(4).fill(HOSTILE));
    expect(stdout.replaceAll('\n', '')).not.toMatch(UNSEEN);
  });
});

describe('the same hostile text as an argument', () => {
  test.each([
    ['of an option', ['report', '--manifest', HOSTILE]],
    ['that is refused', ['report', '--job-id', HOSTILE]],
    ['that is no option', [`--${HOSTILE}`]],
    ['that is no command', [HOSTILE]],
  ])('%s is text of the error and no more', async (_, args) => {
    const { status, stderr } = await runCli([...args, '--debug']);
    expect(status).toBeGreaterThan(0);
    for (const each of stderr.split('\n')) expect(each).not.toMatch(UNSEEN);
    expect(stderr.split('\n').filter((each) => each.startsWith('What to do'))).toEqual([]);
  });
});

describe('the same hostile text', () => {
  afterEach(() => void vi.restoreAllMocks());

  test('is a value of the log, which can be shown', async () => {
    const written: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written.push(String(text).trimEnd());
      return true;
    });
    const { log } = await import('../../lambda/runtime/log.ts');
    log.setLogLevel('INFO');
    log.info('summarized', { executionArn: HOSTILE, exceptionType: HOSTILE });
    expect(written).toHaveLength(1);
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ message: 'summarized' });
    expect(written[0]).not.toMatch(UNSEEN);
  });

  test('is text of the demo and no more', () => {
    const printed: string[] = [];
    showResult(
      {
        outcome: 'FAILED',
        event: { detail: report.detail } as never,
        email: report.email,
        subscribers: [],
        polls: 1,
        lagSeconds: 1,
        executions: 1,
      },
      (text) => printed.push(text),
    );
    for (const each of printed.join('\n').split('\n')) expect(each).not.toMatch(UNSEEN);
  });
});
