import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

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
    { outputBuckets: 'one', emails: 'hospital.example' },
    "each of 'emails' must be an email address, got 'hospital.example'",
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

test('with regions: a stack in each, all of one name, so that one that is there already is updated', async () => {
  const outdir = join(folder, 'regions');
  const context = { outputBuckets: 'my-import-output', regions: ['us-east-1', 'eu-west-2'] };
  expect(await run(outdir, context)).toMatchObject({ code: 0, stderr: '' });
  const { artifacts } = JSON.parse(readFileSync(join(outdir, 'manifest.json'), 'utf8'));
  interface Artifact {
    type: string;
    environment: string;
    properties: { stackName: string; templateFile: string };
  }
  const stacks = Object.entries<Artifact>(artifacts).filter(
    ([, { type }]) => type === 'aws:cloudformation:stack',
  );
  expect(stacks.map(([id, { environment, properties }]) => [id, environment, properties.stackName])).toEqual([
    ['DicomImportWatcher-us-east-1', 'aws://unknown-account/us-east-1', 'DicomImportWatcher'],
    ['DicomImportWatcher-eu-west-2', 'aws://unknown-account/eu-west-2', 'DicomImportWatcher'],
  ]);
  const kept = (file: string) => {
    const { Resources } = JSON.parse(readFileSync(file, 'utf8')) as {
      Resources: Record<string, { Type: string }>;
    };
    // A permission has an id of its stack's, and may be made again.
    return Object.entries(Resources).flatMap(([id, { Type }]) =>
      Type === 'AWS::Lambda::Permission' ? [] : [id],
    );
  };
  const alone = kept(join(folder, 'good/DicomImportWatcher.template.json'));
  for (const [, { properties }] of stacks) expect(kept(join(outdir, properties.templateFile))).toEqual(alone);
});
