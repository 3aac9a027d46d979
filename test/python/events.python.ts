import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeVirtualEnvironment, pip } from '../../scripts/package-python.ts';
import { makeEventsWheel, REQUIREMENTS } from '../../scripts/package-python-events.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLES = join(ROOT, 'docs/examples');

/** What parse_examples.py prints. */
interface Found {
  readonly node: string | null;
  readonly distributions: readonly string[];
  readonly schemas: Readonly<Record<string, object>>;
  readonly parsed: Readonly<Record<string, readonly [model: string, outcome: string, same: boolean]>>;
  readonly image_sets: readonly (readonly [id: string, isPrimary: boolean])[];
  readonly documented: readonly string[];
  readonly kept: object;
  readonly refused: readonly (readonly [message: string, cause: string, context: string])[];
  readonly refused_by_model: string;
}

let folder: string;
let found: Found;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dicom-import-watcher-events-'));
  const builder = await makeVirtualEnvironment(join(folder, 'builder'));
  const wheel = await makeEventsWheel(builder, join(folder, 'wheel'));
  // Another environment, with nothing but the wheel and what it asks for.
  const python = await makeVirtualEnvironment(join(folder, 'venv'));
  await pip(python, 'install', '--constraint', REQUIREMENTS, wheel);
  const script = fileURLToPath(new URL('parse_examples.py', import.meta.url));
  const contract = await readFile(join(ROOT, 'docs/event-contract.md'), 'utf8');
  const [, documented] = contract.match(/```python\n(.*?)```/s) ?? [];
  // `-I`: nothing of the folder of the script, nor of the environment's variables.
  const playing = run(python, ['-I', script, EXAMPLES], { env: { PATH: dirname(python) } });
  playing.child.stdin?.end(documented);
  found = JSON.parse((await playing).stdout);
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the wheel needs pydantic, and neither jsii nor the CDK nor Node', () => {
  expect(found.node).toBeNull();
  expect(found.distributions.filter((name) => !['pip', 'setuptools'].includes(name))).toEqual([
    'annotated-types',
    'dicom-import-watcher-events',
    'pydantic',
    'pydantic_core',
    'typing-inspection',
    'typing_extensions',
  ]);
});

const MODELS: Readonly<Record<string, string>> = {
  'DICOM Import Finished': 'ImportFinishedEvent',
  'DICOM Import Overdue': 'ImportOverdueEvent',
  'DICOM Import Watch Failed': 'WatchFailedEvent',
};

test('each example is parsed by the model of its kind, and nothing of it is lost', async () => {
  const names = await readdir(EXAMPLES);
  expect(names.length).toBeGreaterThan(0);
  const expected = names.map(async (name) => {
    const event = JSON.parse(await readFile(join(EXAMPLES, name), 'utf8'));
    return [name, [MODELS[event['detail-type']], event.detail.data.outcome, true]];
  });
  expect(found.parsed).toEqual(Object.fromEntries(await Promise.all(expected)));
});

test('the handler of the event contract prints the image sets', async () => {
  const names = (await readdir(EXAMPLES)).sort();
  const expected: string[] = [];
  for (const name of names) {
    const { data } = JSON.parse(await readFile(join(EXAMPLES, name), 'utf8')).detail;
    for (const { imageSetId, version } of data.imageSets?.items ?? []) {
      expected.push(`${data.outcome} ${imageSetId} ${version ?? 'None'}`);
    }
  }
  expect(expected.length).toBeGreaterThan(0);
  expect(found.documented).toEqual(expected);
});

test('names follow Python’s conventions', async () => {
  const event = JSON.parse(await readFile(join(EXAMPLES, 'partially-failed.json'), 'utf8'));
  const { items } = event.detail.data.imageSets;
  expect(found.image_sets).toEqual(
    items.map(({ imageSetId, isPrimary }: Record<string, unknown>) => [imageSetId, isPrimary]),
  );
});

test('what a later version adds is kept', () => {
  expect(found.kept).toEqual({ 'of a later version': 1 });
});

test('what is no event is refused with an error that says where, and repeats no value', () => {
  const types = "'DICOM Import Finished', 'DICOM Import Overdue', 'DICOM Import Watch Failed'";
  const refused = 'not an event of dicom-import-watcher:';
  expect(found.refused.map(([message]) => message)).toEqual([
    expect.stringMatching(new RegExp(`^${refused} detail\\.data\\.outcome: Input should be 'SUCCEEDED', `)),
    `${refused} detail-type: expected one of ${types}`,
    `${refused} detail-type: expected one of ${types}`,
    'expected an event as a dict, got text: parse its JSON first',
    expect.stringMatching(new RegExp(`^${refused} the event: `)),
  ]);
  // A traceback shows these, too.
  expect(found.refused.flatMap(([, ...others]) => others).every((text) => text === 'None')).toBe(true);
  expect(found.refused_by_model).toContain('detail.data.outcome');
  for (const text of [found.refused.flat().join(), found.refused_by_model]) expect(text).not.toContain('Doe');
});

test('the JSON Schemas come with it', async () => {
  const names = await readdir(join(ROOT, 'docs/schemas'));
  const schemas = names.map(async (name) => [
    name,
    JSON.parse(await readFile(join(ROOT, 'docs/schemas', name), 'utf8')),
  ]);
  expect(found.schemas).toEqual(Object.fromEntries(await Promise.all(schemas)));
});
