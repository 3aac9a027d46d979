import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { jsonSchema } from '../core/contract/events.ts';
import { EVENTS, SCHEMAS } from './package-events.ts';
import { buildWheel, makeVirtualEnvironment, pip } from './package-python.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = join(ROOT, 'scripts/python-events');
const MODULE = 'dicom_import_watcher_events';
/** The generator of the models, and what it brings; pydantic and what that brings are what the wheel needs. */
export const REQUIREMENTS = join(SOURCES, 'requirements.txt');

/** How datamodel-code-generator writes the models. */
const OPTIONS = [
  ['--input-file-type', 'jsonschema'],
  ['--output-model-type', 'pydantic_v2.BaseModel'],
  ['--target-python-version', '3.10'],
  ['--base-class', `${MODULE}.model.Model`],
  ['--custom-file-header', '# Generated from the JSON Schema by datamodel-code-generator.'],
  ['--enum-field-as-literal', 'all'],
  ['--formatters', 'builtin'],
  // It says that pydantic has its own way to check times.
  ['--disable-warnings'],
  ['--disable-timestamp'],
  ['--snake-case-field'],
  ['--use-annotated'],
  ['--use-field-description', '--use-inline-field-description'],
  ['--use-standard-collections', '--use-union-operator'],
  ['--use-title-as-name'],
].flat();

/**
 * Makes the Python package of the events: pydantic models for each of them, and the JSON Schemas.
 * @param python - of a virtual environment.
 * @param folder - is emptied first.
 * @returns the path of the wheel.
 */
export async function makeEventsWheel(python: string, folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  const sources = join(folder, 'sources');
  const module = join(sources, MODULE);
  await mkdir(module, { recursive: true });
  for (const file of ['__init__.py', 'model.py']) await cp(join(SOURCES, file), join(module, file));
  await writeFile(join(module, 'py.typed'), '');
  await cp(SCHEMAS, join(module, 'schemas'), { recursive: true });
  await cp(join(ROOT, 'LICENSE'), join(sources, 'LICENSE'));
  await writeFile(join(sources, 'pyproject.toml'), await manifest());
  await pip(python, 'install', '--no-deps', '--requirement', REQUIREMENTS);
  for (const [kind, detailType] of Object.entries(EVENTS)) {
    const input = join(folder, `${kind}.json`);
    // The title becomes the name of its class.
    await writeFile(input, JSON.stringify({ title: 'Event', ...jsonSchema(detailType) }));
    const output = join(module, `${kind.replace(/(?<=[a-z])[A-Z]/g, '_$&').toLowerCase()}.py`);
    const files = ['--input', input, '--output', output, '--class-name-prefix', kind];
    await run(python, ['-m', 'datamodel_code_generator', ...files, ...OPTIONS]);
  }
  return buildWheel(sources, python, folder);
}

async function manifest(): Promise<string> {
  const { version, license } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  return `[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "dicom-import-watcher-events"
version = "${version}"
description = "The events of dicom-import-watcher as pydantic models"
license = { text = "${license}" }
requires-python = ">=3.10"
dependencies = ["pydantic>=2.6,<3"]

[tool.setuptools]
packages = ["${MODULE}"]

[tool.setuptools.package-data]
${MODULE} = ["py.typed", "schemas/*.json"]
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const dist = join(ROOT, 'dist');
  const python = await makeVirtualEnvironment(join(dist, 'venv-events'));
  console.log(`packed ${await makeEventsWheel(python, join(dist, 'python-events'))}`);
}
