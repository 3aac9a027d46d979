import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makePackage, pack } from '../../scripts/package.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** An app of somebody else, with nothing but the package and its peers. */
let app: string;
let folder: string;
let tarball: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dicom-import-watcher-package-'));
  app = join(folder, 'app');
  await mkdir(app);
  await makePackage(join(folder, 'package'));
  tarball = await pack(join(folder, 'package'), folder);
  await writeFile(join(app, 'package.json'), JSON.stringify({ name: 'app', type: 'module', private: true }));
  // The peers are linked, not installed: tests contact no registry.
  await run('npm', ['install', tarball, '--offline', '--legacy-peer-deps', '--no-audit'], { cwd: app });
  for (const peer of ['aws-cdk-lib', 'constructs']) {
    await symlink(join(ROOT, 'node_modules', peer), join(app, 'node_modules', peer));
  }
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The README's app, from the README. */
async function example(): Promise<string> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);
  const code = examples.find((each) => each.includes("from 'dicom-import-watcher'"));
  if (!code) throw new Error('the README has no app');
  return code;
}

async function synthesize(code: string): Promise<object> {
  await writeFile(join(app, 'app.ts'), code);
  const outdir = await mkdtemp(join(folder, 'out-'));
  await run(process.execPath, ['app.ts'], {
    cwd: app,
    env: { ...process.env, CDK_OUTDIR: outdir },
  });
  return JSON.parse(await readFile(join(outdir, 'Imaging.template.json'), 'utf8'));
}

test('the tarball is small, and holds what is needed to synthesize and nothing else', async () => {
  expect((await stat(tarball)).size).toBeLessThan(2_000_000);
  const installed = join(app, 'node_modules/dicom-import-watcher');
  const files = await readdir(installed, { recursive: true });
  expect(
    files.filter((file) => /\.map$|(?<!\.d)\.ts$|test|tsconfig|simulator|node_modules/.test(file)),
  ).toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining(['.jsii', 'lib/index.js', 'lib/index.d.ts', 'LICENSE', 'README.md']),
  );
  expect(await readFile(join(installed, 'lib/index.js'), 'utf8')).not.toContain('sourceMappingURL');
  const { peerDependencies, dependencies } = JSON.parse(
    await readFile(join(installed, 'package.json'), 'utf8'),
  );
  expect([Object.keys(peerDependencies), dependencies]).toEqual([['aws-cdk-lib', 'constructs'], undefined]);
});

test('the README’s app synthesizes with it, twice to the same template', async () => {
  const code = await example();
  const template = (await synthesize(code)) as { Resources: Record<string, { Type: string }> };
  expect(await synthesize(code)).toEqual(template);
  const types = Object.values(template.Resources).map(({ Type }) => Type);
  expect(types.filter((type) => type === 'AWS::Lambda::Function')).toHaveLength(5);
  expect(types).toContain('AWS::EventSchemas::Schema');
});

test('a wrong prop fails the synthesis of that app in one sentence', async () => {
  const wrong = (await example()).replace("'SUCCEEDED_WITH_WARNINGS'", "'SUCEEDED'");
  await expect(synthesize(wrong)).rejects.toThrow(/got 'SUCEEDED'/);
});
