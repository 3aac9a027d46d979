/** `npm run test:python`: not a part of `npm test`, which needs no Python and contacts no registry. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makePackage } from '../../scripts/package.ts';
import { ENV, makeVirtualEnvironment, makeWheel, pip } from '../../scripts/package-python.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
let python: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dicom-import-watcher-python-'));
  await makePackage(join(folder, 'package'));
  python = await makeVirtualEnvironment(join(folder, 'venv'));
  await pip(python, 'install', '--no-deps', '--requirement', join(ROOT, 'test/python/requirements.txt'));
  const wheel = await makeWheel(join(folder, 'package'), python, join(folder, 'python'));
  // Without an index: all that the wheel asks for must be there, in versions that it takes.
  await pip(python, 'install', '--no-index', wheel);
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs an app. @returns the template of its only stack. */
async function synthesize(command: string, file: string): Promise<{ Resources: Record<string, object> }> {
  const outdir = await mkdtemp(join(folder, 'out-'));
  await run(command, [file], { cwd: folder, env: { ...ENV, CDK_OUTDIR: outdir } });
  const { artifacts } = JSON.parse(await readFile(join(outdir, 'manifest.json'), 'utf8'));
  const stacks = Object.values<{ type: string; properties: { templateFile: string } }>(artifacts).filter(
    ({ type }) => type === 'aws:cloudformation:stack',
  );
  expect(stacks).toHaveLength(1);
  return JSON.parse(await readFile(join(outdir, stacks[0]?.properties.templateFile ?? ''), 'utf8'));
}

/** The same with the package in TypeScript, as npm would install it. */
async function synthesizeTypeScript(file: string, code: string): Promise<object> {
  const app = await mkdtemp(join(folder, 'app-'));
  await mkdir(join(app, 'node_modules'));
  await symlink(join(folder, 'package'), join(app, 'node_modules/dicom-import-watcher'));
  for (const peer of ['aws-cdk-lib', 'constructs']) {
    await symlink(join(ROOT, 'node_modules', peer), join(app, 'node_modules', peer));
  }
  await writeFile(join(app, 'package.json'), JSON.stringify({ type: 'module' }));
  await writeFile(join(app, file), code);
  return synthesize(process.execPath, join(app, file));
}

// Compared is the whole template: each resource with its logical id and all of its properties, the hashes of the functions'
// code among them, outputs and parameters. On PyPI's version of the CDK and on that of package.json.
test.each(['hospital', 'pipeline'])(
  'examples/python/%s.py makes the template of the TypeScript one',
  async (name) => {
    const template = await synthesize(python, join(ROOT, `examples/python/${name}.py`));
    expect(Object.keys(template.Resources).length).toBeGreaterThan(50);
    const code = await readFile(join(ROOT, `examples/${name}.ts`), 'utf8');
    expect(template).toEqual(await synthesizeTypeScript(`${name}.ts`, code));
  },
  300_000,
);

test('the README’s app in Python makes the template of its app in TypeScript', async () => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const [, typescript = ''] = readme.match(/```ts\n(import \{ App, Stack \}.*?)```/s) ?? [];
  const [, inPython = ''] = readme.match(/```python\n(.*?)```/s) ?? [];
  await writeFile(join(folder, 'readme.py'), inPython);
  const template = await synthesize(python, join(folder, 'readme.py'));
  expect(template).toEqual(await synthesizeTypeScript('readme.ts', typescript));
}, 300_000);

test('a rule with a filter is the same from Python', async () => {
  const withRule = async (file: string, rule: string) => {
    const code = await readFile(join(ROOT, 'examples', file), 'utf8');
    return code.replace('app.synth()', `${rule}\napp.synth()`);
  };
  const inPython = 'watcher.on_import_finished("Lost", outcomes=["FAILED"], datastore_ids=[RADIOLOGY])';
  await writeFile(join(folder, 'rule.py'), await withRule('python/hospital.py', inPython));
  const template = await synthesize(python, join(folder, 'rule.py'));
  const inTypeScript =
    "watcher.onImportFinished('Lost', { outcomes: ['FAILED'], datastoreIds: [RADIOLOGY] });";
  const code = await withRule('hospital.ts', inTypeScript);
  expect(code).toContain(inTypeScript);
  expect(template).toEqual(await synthesizeTypeScript('rule.ts', code));
}, 300_000);

test('a wrong prop fails the synthesis in Python with the same sentence', async () => {
  const right = await readFile(join(ROOT, 'examples/python/hospital.py'), 'utf8');
  const wrong = join(folder, 'wrong.py');
  await writeFile(wrong, right.replace('"SUCCEEDED_WITH_WARNINGS"', '"SUCEEDED"'));
  await expect(synthesize(python, wrong)).rejects.toThrow(
    "RuntimeError: Error: each of 'outcomes' must be one of SUCCEEDED, SUCCEEDED_WITH_WARNINGS, PARTIALLY_FAILED, NOTHING_IMPORTED, FAILED, UNVERIFIED, ABANDONED, OVERDUE, WATCH_FAILED, got 'SUCEEDED'",
  );
}, 300_000);
