import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));

let outdir: string;
beforeAll(async () => {
  outdir = await mkdtemp(join(tmpdir(), 'dicom-import-watcher-examples-'));
});
afterAll(() => rm(outdir, { recursive: true, force: true }));

/** What each example shows, by a type of resource and how many there are. */
const SHOWN: Readonly<Record<string, readonly [stack: string, type: string, count: number]>> = {
  'minimal.ts': ['Minimal', 'AWS::SNS::Subscription', 2],
  'hospital.ts': ['Hospital', 'AWS::SQS::Queue', 3 + 2 * 2],
  'image-sets.ts': ['ImageSets', 'AWS::DynamoDB::Table', 2],
  'pipeline.ts': ['Pipeline', 'AWS::StepFunctions::StateMachine', 2],
};

test('every example is tested', () => {
  expect(globSync('*.ts', { cwd: EXAMPLES }).sort()).toEqual(Object.keys(SHOWN).sort());
});

test.each(Object.entries(SHOWN))('examples/%s synthesizes', async (file, [stack, type, count]) => {
  const out = join(outdir, file);
  await run(process.execPath, [join(EXAMPLES, file)], { env: { ...process.env, CDK_OUTDIR: out } });
  const { Resources } = JSON.parse(readFileSync(join(out, `${stack}.template.json`), 'utf8'));
  const types = Object.values<{ Type: string }>(Resources).map(({ Type }) => Type);
  expect(types.filter((each) => each === type)).toHaveLength(count);
});
