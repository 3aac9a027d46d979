import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blocksOf, DOCUMENTS } from '../../proof/verify/documents.ts';
import { API_DOCS, writeApiDocs } from '../../scripts/api-docs.ts';
import { makePackage, pack } from '../../scripts/package.ts';
import { installTools } from '../../scripts/tools.ts';

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
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The README's app, from the README. */
async function example(): Promise<string> {
  const [app] = (await blocksOf('README.md')).filter(({ language }) => language === 'ts');
  if (!app) throw new Error('README.md has no example');
  return app.text;
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
    files.filter((file) =>
      /^(?!assets\/lambda\/).*\.map$|(?<!\.d)\.ts$|test|tsconfig|simulator|node_modules/.test(file),
    ),
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

test('the command line comes with it', async () => {
  const { stdout } = await run('npx', ['--no-install', 'dicom-import-watcher', 'plan', '90s'], { cwd: app });
  expect(stdout).toContain('1 min 30 s');
});

test('the licenses of what is bundled go along', async () => {
  const notices = await readFile(
    join(app, 'node_modules/dicom-import-watcher/THIRD-PARTY-NOTICES.txt'),
    'utf8',
  );
  for (const name of ['zod', '@aws-sdk/client-medical-imaging', 'fast-wrap-ansi', 'commander'])
    expect(notices).toContain(`\n${name} `);
  for (const text of ['Apache License', 'MIT License']) expect(notices).toContain(text);
  // Never deployed.
  expect(notices).not.toMatch(/^(aws-cdk-lib|vi|esbuild) /m);
});

test('docs/api.md is what jsii-docgen writes of it (npm run api-docs)', async () => {
  const file = join(folder, 'api.md');
  await writeApiDocs(join(folder, 'package'), file);
  const text = await readFile(file, 'utf8');
  expect(text).toBe(await readFile(API_DOCS, 'utf8'));
  // Of ours, only what every construct takes goes without a description.
  const silent = text.split('\n').filter((line) => line.startsWith('| ') && line.includes('No description'));
  expect(silent.filter((line) => !/\.Initializer\.parameter\.(scope|id|props)"/.test(line))).toEqual([]);
}, 300_000);

test('the README’s app synthesizes with it, twice to the same template', async () => {
  const code = (await example()).replace('outputBuckets:', 'schemaRegistry: true,\n  outputBuckets:');
  const template = (await synthesize(code)) as { Resources: Record<string, { Type: string }> };
  expect(await synthesize(code)).toEqual(template);
  const types = Object.values(template.Resources).map(({ Type }) => Type);
  expect(types.filter((type) => type === 'AWS::Lambda::Function')).toHaveLength(6);
  expect(types).toContain('AWS::EventSchemas::Schema');
});

test('a wrong prop fails the synthesis of that app in one sentence', async () => {
  const wrong = (await example()).replace("'SUCCEEDED_WITH_WARNINGS'", "'SUCEEDED'");
  await expect(synthesize(wrong)).rejects.toThrow(/got 'SUCEEDED'/);
});

describe('the parser of events', () => {
  test('runs in a project of ES modules and in one of CommonJS', async () => {
    const parse = 'console.log(parseDicomImportEvent(JSON.parse(process.argv[2])).detail.data.outcome)';
    const event = await readFile(join(ROOT, 'docs/examples/partially-failed.json'), 'utf8');
    const from = `'dicom-import-watcher/events'`;
    await writeFile(join(app, 'parse.mjs'), `import { parseDicomImportEvent } from ${from};\n${parse}`);
    await writeFile(join(app, 'parse.cjs'), `const { parseDicomImportEvent } = require(${from});\n${parse}`);
    for (const file of ['parse.mjs', 'parse.cjs']) {
      const { stdout } = await run(process.execPath, [file, event], { cwd: app });
      expect(stdout).toBe('PARTIALLY_FAILED\n');
      await expect(run(process.execPath, [file, '{}'], { cwd: app })).rejects.toThrow(
        /InvalidDicomImportEventError.?: not an event of dicom-import-watcher: detail-type: expected one of/,
      );
    }
  });
});

test('the JSON Schemas come with it', async () => {
  const [file] = await readdir(join(ROOT, 'docs/schemas'));
  const code = `import schema from 'dicom-import-watcher/schemas/${file}' with { type: 'json' };
    console.log(JSON.stringify(schema));`;
  await writeFile(join(app, 'schema.mjs'), code);
  const { stdout } = await run(process.execPath, ['schema.mjs'], { cwd: app });
  expect(JSON.parse(stdout)).toEqual(JSON.parse(await readFile(join(ROOT, `docs/schemas/${file}`), 'utf8')));
});

describe('the parser of Powertools', () => {
  beforeAll(async () => {
    const tools = join(await installTools('package'), 'node_modules');
    for (const name of ['@aws-lambda-powertools', '@middy']) {
      await symlink(join(tools, name), join(app, 'node_modules', name));
    }
    await writeFile(
      join(app, 'powertools.ts'),
      (await blocksOf('docs/event-contract.md')).find(({ text }) =>
        text.includes('@aws-lambda-powertools/parser/middleware'),
      )?.text ?? '',
    );
    await writeFile(
      join(app, 'play.mjs'),
      `import { handler } from './powertools.ts';\nawait handler(JSON.parse(process.argv[2]), {});`,
    );
  }, 300_000);
  const play = (event: string) => run(process.execPath, ['play.mjs', event], { cwd: app });

  test('takes the schema of the detail with its envelope, as the event contract shows it', async () => {
    const event = await readFile(join(ROOT, 'docs/examples/partially-failed.json'), 'utf8');
    const { imageSets, outcome } = JSON.parse(event).detail.data;
    const { stdout } = await play(event);
    expect(stdout).toContain(outcome);
    expect(imageSets.items.length).toBeGreaterThan(0);
    for (const { imageSetId } of imageSets.items) expect(stdout).toContain(imageSetId);
    await expect(play(event.replace('"PARTIALLY_FAILED"', '"PARTLY_FAILED"'))).rejects.toThrow(
      /ParseError: Failed to parse EventBridge envelope/,
    );
    // An event of another kind is none of this one.
    await expect(play(await readFile(join(ROOT, 'docs/examples/overdue.json'), 'utf8'))).rejects.toThrow(
      'ParseError',
    );
  });
});

describe('tsc --strict accepts', () => {
  /** @returns what the compiler says of files of the app. */
  async function compile(files: Readonly<Record<string, string>>): Promise<string> {
    for (const [file, code] of Object.entries(files)) await writeFile(join(app, file), code);
    const options = [
      '--strict',
      '--exactOptionalPropertyTypes',
      '--noEmit',
      '--skipLibCheck',
      '--types',
      'node',
      '--module',
      'nodenext',
    ];
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    return run(process.execPath, [tsc, ...options, '--allowImportingTsExtensions', ...Object.keys(files)], {
      cwd: app,
    }).then(
      ({ stdout }) => stdout,
      ({ stdout }) => stdout,
    );
  }

  test('every example of the documents as it stands', async () => {
    // Types that the example of a consumer uses.
    for (const name of ['@aws-sdk', '@types']) {
      await symlink(join(ROOT, 'node_modules', name), join(app, 'node_modules', name));
    }
    const files: Record<string, string> = {
      'fill-table.ts': await readFile(join(ROOT, 'examples/image-sets/fill-table.ts'), 'utf8'),
    };
    for (const document of DOCUMENTS) {
      const examples = (await blocksOf(document)).filter(({ language }) => language === 'ts');
      for (const [i, { text }] of examples.entries()) {
        const name = `${document.replaceAll(/\W/g, '-')}-${i}`;
        files[`${name}.ts`] = text;
        // The parser is for projects of CommonJS, too.
        if (text.includes('parseDicomImportEvent')) files[`${name}.cts`] = text;
      }
    }
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining(['README-md-0.ts', 'docs-event-contract-md-0.cts']),
    );
    expect(await compile(files)).toBe('');
  });

  test('each schema as one of Powertools’ parser, with the types of what it returns', async () => {
    const code = `import { parse } from '@aws-lambda-powertools/parser';
      import { EventBridgeEnvelope } from '@aws-lambda-powertools/parser/envelopes/eventbridge';
      import * as events from 'dicom-import-watcher/events';
      const whole: events.ImportOverdueEvent = parse({}, undefined, events.importOverdueEventSchema);
      const detail: events.WatchFailedEvent['detail'] = parse({}, EventBridgeEnvelope, events.watchFailedDetailSchema);
      const any: events.DicomImportEvent = parse({}, undefined, events.dicomImportEventSchema);
      export { any, detail, whole };`;
    expect(await compile({ 'schemas.ts': code })).toBe('');
    // Else the line above would show nothing.
    expect(await compile({ 'schemas.ts': code.replace('events.ImportOverdueEvent =', 'string =') })).toMatch(
      /^schemas\.ts\(4,13\): error TS2322/,
    );
  });

  test('an event of the package where one of our own types is asked for, and the other way round', async () => {
    const types = ['DicomImportEvent', 'ImportFinishedData', 'ImportOverdueData', 'WatchFailedData'];
    const code = types.map(
      (type) => `export const there${type} = (value: source.${type}): packed.${type} => value;
        export const back${type} = (value: packed.${type}): source.${type} => value;`,
    );
    const imports = `import type * as packed from 'dicom-import-watcher/events';
      import type * as source from '${join(ROOT, 'core/contract/events.ts')}';`;
    expect(await compile({ 'types.ts': [imports, ...code].join('\n') })).toBe('');
  });

  test('no outcome that there is not', async () => {
    const wrong = (await example()).replace("'SUCCEEDED_WITH_WARNINGS'", "'SUCEEDED'");
    expect(await compile({ 'wrong.ts': wrong })).toMatch(/^wrong\.ts\(\d+,\d+\): error TS2820: .*"SUCEEDED"/);
  });
});
