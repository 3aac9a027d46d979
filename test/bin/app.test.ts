import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'app-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the app as the CDK does. */
function run(outdir: string, context: object): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const env = { PATH: process.env.PATH, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) };
  return new Promise((resolve) =>
    execFile(process.execPath, ['bin/dicom-import-watcher.ts'], { cwd: root, env }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    ),
  );
}

test.each([
  [
    'without outputBuckets',
    {},
    "'outputBuckets' is not set: set it in the context of cdk.json or with -c, for instance -c outputBuckets=my-import-output",
  ],
  [
    'with a value that the construct refuses',
    { outputBuckets: 'one', giveUpAfterHours: '0.5' },
    "'giveUpAfter' must be a whole number of seconds from 3600 to 7776000, got 1800",
  ],
])('%s: exit code 1, one line, no stack trace, no template', async (name, context, sentence) => {
  const outdir = join(folder, name);
  expect(await run(outdir, context)).toEqual({
    code: 1,
    stdout: '',
    stderr: `dicom-import-watcher: ${sentence}\n`,
  });
  expect(existsSync(join(outdir, 'DicomImportWatcher.template.json'))).toBe(false);
});

test('with outputBuckets: a template that reads them', async () => {
  const outdir = join(folder, 'good');
  expect(await run(outdir, { outputBuckets: 'my-import-output' })).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  });
  const template = JSON.parse(readFileSync(join(outdir, 'DicomImportWatcher.template.json'), 'utf8'));
  expect(template.Description).toBe(
    'Follows every AWS HealthImaging DICOM import job to its end and publishes the verdict',
  );
  expect(JSON.stringify(template)).toContain(':s3:::my-import-output/*-DicomImport-*');
});
