import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { filesReached, importsIn } from '../../scripts/imports.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** Paths of the source files below a folder. */
function sources(folder: string): string[] {
  const files = globSync(`${folder}/**/*.ts`, { cwd: root }).map((file) => file.replaceAll('\\', '/'));
  expect(files.length).toBeGreaterThan(1);
  return files.sort();
}

const imports = (file: string) => importsIn(file, read(file));

/** The code without its comments. */
const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '');

/** The files of some folders in which the pattern is found. */
const found = (folders: readonly string[], pattern: RegExp) =>
  folders.flatMap(sources).filter((file) => pattern.test(code(read(file))));

/** "file: import" for each import of a folder that is not allowed. */
const importing = (folder: string, allowed: (name: string) => boolean) =>
  sources(folder).flatMap((file) =>
    imports(file)
      .filter((name) => !allowed(name))
      .map((name) => `${file}: ${name}`),
  );

/** The imports that are on a circle, or between two. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const left = new Map(graph);
  for (;;) {
    const imported = new Set([...left.values()].flat());
    // No circle goes through a file that imports nothing which is left, or that nothing imports which is left.
    const gone = [...left.keys()].filter(
      (file) => !imported.has(file) || !left.get(file)?.some((name) => left.has(name)),
    );
    if (gone.length === 0) break;
    for (const file of gone) left.delete(file);
  }
  return [...left].flatMap(([file, names]) =>
    names.filter((name) => left.has(name)).map((name) => `${file}: ${name}`),
  );
}

describe('the fences see', () => {
  test('every way to import', () => {
    const text = [
      "import a from './a.ts';",
      "import type { B } from '../b.ts';",
      "import {\n  c,\n} from 'c';",
      "import 'd';",
      "export * from './e.ts';",
      "const f = await import('f');",
    ].join('\n');
    expect(importsIn('lib/private/x.ts', text)).toEqual([
      'lib/private/a.ts',
      'lib/b.ts',
      'c',
      'd',
      'lib/private/e.ts',
      'f',
    ]);
  });

  test('code, not comments', () => {
    expect(code("/** Date.now() */\nfetch('https://x'); // new Date()\n")).toBe("\nfetch('https://x'); \n");
  });

  test('circles, not what leads to them or away from them', () => {
    const graph = { 0: ['a'], a: ['b', 'zod'], b: ['c', 'd'], c: ['a'], d: ['e'], e: [], f: ['f'] };
    expect(circles(new Map(Object.entries(graph)))).toEqual(['a: b', 'b: c', 'c: a', 'f: f']);
  });
});

/** All folders with sources, as the type check has them. */
const OURS: readonly string[] = JSON.parse(read('tsconfig.json')).include.filter(
  (name: string) => !name.endsWith('.ts'),
);
/** Reaches files, network or process. */
const OUTSIDE = /^(@aws-sdk|@smithy|node:|fs$|http|process$)/;
const SDK = /^(@aws-sdk|@smithy)/;
const CDK = /^(aws-cdk-lib|constructs)/;
const NONE = /^(?!)/;

/** What each folder may import of ours, and which packages it may not. Nothing that ships knows proof/ or test/. */
const ARROWS: readonly [folder: string, ours: RegExp, forbidden: RegExp][] = [
  ['bin', /^(bin\/|lib\/index\.ts$|core\/contract\/)/, SDK],
  ['lib', /^(lib|core\/contract)\//, SDK],
  ['core', /^core\//, CDK],
  ['core/contract', /^core\/contract\//, OUTSIDE],
  ['core/domain', /^core\/(contract|domain)\//, OUTSIDE],
  ['core/aws', /^core\/(aws|contract|domain)\//, CDK],
  ['lambda', /^(lambda|core)\//, CDK],
  ['lambda/runtime', /^(lambda\/runtime|core)\//, CDK],
  ['cli', /^(cli|core|simulator)\//, CDK],
  // It stands for HealthImaging: of ours it takes only how text from outside is shown.
  ['simulator', /^(simulator\/|core\/domain\/text\.ts$)/, CDK],
  ['local', /^(local|core|lib|simulator)\//, NONE],
  ['examples', NONE, NONE],
  ['proof', /^(?!test\/)/, NONE],
  ['scripts', /^(?!(proof|test)\/)/, NONE],
];

describe('imports', () => {
  test('make no circle', () => {
    expect(circles(new Map(OURS.flatMap(sources).map((file) => [file, imports(file)])))).toEqual([]);
  });

  test('have a direction in every folder', () => {
    const held = ARROWS.map(([folder]) => folder);
    expect(OURS.filter((folder) => !held.includes(folder))).toEqual(['test']);
  });

  test.each(ARROWS)('of %s point one way', (folder, ours, forbidden) => {
    expect(
      importing(folder, (name) => (name.endsWith('.ts') ? ours.test(name) : !forbidden.test(name))),
    ).toEqual([]);
  });

  test('of cli are of the simulator only to simulate', () => {
    const lines = importing('cli', (name) => !name.startsWith('simulator/'));
    expect(lines.filter((line) => !/^cli\/simulate\/(command|run)\.ts: /.test(line))).toEqual([]);
  });
});

describe('proof', () => {
  test('does not read test/ as files either', () => {
    expect(found(['proof'], /['"`](\.\.\/)*test\//)).toEqual([]);
  });
});

describe('core/contract', () => {
  test('needs a package only for the schemas of what consumers read', () => {
    expect(importing('core/contract', (name) => name.endsWith('.ts'))).toEqual([
      'core/contract/campaign.ts: zod',
      'core/contract/events.ts: zod',
    ]);
    expect(imports('core/contract/events.ts').sort()).toEqual(['core/contract/names.ts', 'zod']);
  });

  test('is all that lib reaches, without those files', () => {
    const reached = filesReached(sources('lib'), root).filter((file) => !file.startsWith('lib/'));
    expect(reached).toContain('core/contract/names.ts');
    expect(reached.filter((file) => !/^core\/contract\/(?!events\.ts|campaign\.ts)/.test(file))).toEqual([]);
  });

  test('has names that import nothing, not even types', () => {
    expect(imports('core/contract/names.ts')).toEqual([]);
  });
});

describe('core/contract and core/domain', () => {
  test('read neither the clock nor the environment: time is an argument', () => {
    const impure = /\bDate\.now\(|\bnew Date\(\s*\)|\bprocess\b|\bperformance\.now\(|\bsetTimeout\(/;
    expect(found(['core/contract', 'core/domain'], impure)).toEqual([]);
  });
});

describe('in one place', () => {
  test('SDK clients are made, but that of the table, which functions load later', () => {
    expect(found(['bin', 'cli', 'core', 'lambda', 'lib'], /\bnew \w*Client\(/)).toEqual([
      'core/aws/clients.ts',
      'core/aws/table-client.ts',
    ]);
  });

  // A bundle has no classes of them (scripts/bundle/lean-sdk.ts).
  test('errors of AWS are known by their names, nowhere by their classes', () => {
    expect(found(['core', 'lambda'], /instanceof \w+Exception\b/)).toEqual([]);
  });

  test('the command line writes to its streams, where text from outside becomes harmless', () => {
    expect(found(['cli'], /\b(stdout|stderr|stream)\.write\(|\bconsole\./)).toEqual([
      // Nothing, to wait until all is written.
      'cli/terminal/output-errors.ts',
      'cli/terminal/stream.ts',
    ]);
  });

  test('the functions read their environment', () => {
    expect(found(['core', 'lambda'], /\bprocess\.env\b/)).toEqual(['lambda/runtime/env.ts']);
  });

  test('keys of environment variables are written', () => {
    expect(
      found(['lib'], /['"`[](POLL_INTERVAL_SECONDS|GIVE_UP_AFTER_SECONDS|WATCHES_TABLE|STATE_MACHINE_ARN)/),
    ).toEqual([]);
  });
});

describe('handlers', () => {
  const handlers = found(['core', 'lambda'], /^export const handler\b/m);

  test('are the six', () => {
    expect(handlers).toEqual([
      'lambda/handlers/check-import-job.ts',
      'lambda/handlers/on-import-event.ts',
      'lambda/handlers/on-watch-ended.ts',
      'lambda/handlers/send-digests.ts',
      'lambda/handlers/summarize-import.ts',
      'lambda/handlers/sweep.ts',
    ]);
  });

  test('have at most 70 lines', () => {
    expect(handlers.filter((file) => read(file).split('\n').length > 71)).toEqual([]);
  });
});

/** The files that are loaded before the first statement of one runs: without types, and without what is loaded later. */
const loadedBy = (file: string) =>
  filesReached([file], root, (each, text) =>
    [...code(text).matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)'/gm)].flatMap(([, name = '']) =>
      name.startsWith('.') ? [normalize(join(dirname(each), name))] : [],
    ),
  );

describe('cli', () => {
  test('has a folder for each command, which few others look into', () => {
    const shared = /^cli\/((aws|terminal)\/|[\w-]+\.ts$)/;
    const looks = sources('cli')
      .filter((file) => file !== 'cli/program.ts')
      .flatMap((file) =>
        imports(file)
          .filter((name) => name.startsWith('cli/') && !shared.test(name))
          .filter((name) => dirname(name) !== dirname(file))
          .map((name) => `${file}: ${name}`),
      );
    expect(looks).toEqual([
      'cli/doctor/watches.ts: cli/redrive/failed-jobs.ts',
      'cli/list/run.ts: cli/report/campaign-text.ts',
      'cli/start/run.ts: cli/wait/wait-for.ts',
    ]);
  });

  test('loads what a command does when it is called, so that help is quick', () => {
    const entry = loadedBy('cli/main.ts');
    expect(entry.length).toBeGreaterThan(5);
    expect(
      entry.filter(
        (file) =>
          /^(cli\/[\w-]+|core\/aws)\//.test(file) && !/^cli\/(terminal\/|[\w-]+\/command\.ts$)/.test(file),
      ),
    ).toEqual(['cli/confirm/token.ts']);
  });
});

describe('local/demo.ts', () => {
  test('loads what takes long after its first line', () => {
    expect(loadedBy('local/demo.ts').sort()).toEqual([
      'core/domain/text.ts',
      'local/demo.ts',
      'local/narrator.ts',
      'local/read-folder.ts',
    ]);
  });
});

describe('dependencies', () => {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(read('package.json'));
  const versions: Record<string, string> = { ...dependencies, ...devDependencies };

  const tools = globSync('tools/*/package.json', { cwd: root }).flatMap((file) =>
    Object.entries<string>(JSON.parse(read(file)).dependencies),
  );
  const all = [...Object.entries(versions), ...tools];

  test('are those of the tools as well', () => {
    expect(tools.length).toBeGreaterThan(1);
  });

  test.each(all.map(([name]) => name))('%s has its reason in docs/dependencies.md', (name) => {
    expect(read('docs/dependencies.md')).toContain(`\`${name}\``);
  });

  test('are pinned to a version', () => {
    const loose = all.filter(([, version]) => !/^\d+\.\d+\.\d+(-alpha\.\d+)?$/.test(version));
    expect(loose).toEqual([]);
  });

  test('are locked without the address of a registry', () => {
    expect(read('package-lock.json')).not.toContain('"resolved"');
  });

  test('are all that is imported', () => {
    // The others hold imports in texts, too, and examples import the package.
    const packages = OURS.filter((folder) => !/^(examples|scripts|test)$/.test(folder))
      .flatMap((folder) => sources(folder).flatMap(imports))
      .filter((name) => !name.startsWith('node:') && !name.endsWith('.ts'))
      .map((name) => name.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? name);
    expect([...new Set(packages)].filter((name) => !(name in versions))).toEqual([]);
  });
});
