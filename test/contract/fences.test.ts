import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** The source files below a folder, by path. */
function sources(folder: string): { file: string; text: string }[] {
  const files = globSync(`${folder}/**/*.ts`, { cwd: root }).map((file) => file.replaceAll('\\', '/'));
  expect(files.length).toBeGreaterThan(1);
  return files.sort().map((file) => ({ file, text: read(file) }));
}

/** What a file imports: packages by name, our own files by path from the root. */
function imports({ file, text }: { file: string; text: string }): string[] {
  return [...text.matchAll(/(?:\bfrom|^import|\bimport\()\s*'([^'\s]+)'/gm)].map(([, name = '']) =>
    name.startsWith('.') ? normalize(join(dirname(file), name)) : name,
  );
}

/** The files that are loaded before the first statement of one is run, this one among them. */
function loadedBy(file: string, loaded = new Set<string>()): string[] {
  if (loaded.has(file)) return [];
  loaded.add(file);
  for (const [, name = ''] of code(read(file)).matchAll(
    /^(?:import|export) (?!type )[^;]*?from '([^']+)'/gm,
  )) {
    if (name.startsWith('.')) loadedBy(normalize(join(dirname(file), name)), loaded);
  }
  return [...loaded];
}

/** The code without its comments. */
const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '');

/** "file: what" for each file of a folder in which the pattern is found. */
const found = (folder: string, pattern: RegExp) =>
  sources(folder).flatMap(({ file, text }) => (pattern.test(code(text)) ? [file] : []));

const importing = (folder: string, forbidden: (name: string) => boolean) =>
  sources(folder).flatMap((source) =>
    imports(source)
      .filter(forbidden)
      .map((name) => `${source.file}: ${name}`),
  );

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
    expect(imports({ file: 'lib/private/x.ts', text })).toEqual([
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
});

describe('lib', () => {
  test('imports from core only the contract, and of it no package, and nothing of lambda', () => {
    const used = sources('lib')
      .flatMap(imports)
      .filter((name) => /^(core|lambda)\//.test(name));
    expect([...new Set(used)].sort()).toEqual([
      'core/contract/history-budget.ts',
      'core/contract/names.ts',
      'core/contract/poll-schedule.ts',
      'core/contract/prices.ts',
    ]);
  });

  test('imports neither the SDK nor what only tests, demo and simulator need', () => {
    expect(
      importing('lib', (name) =>
        /^(@aws-sdk|@smithy)|^(cli|local|proof|simulator|test|bin|scripts)\//.test(name),
      ),
    ).toEqual([]);
  });

  test('has no key of an environment variable as text', () => {
    expect(
      found('lib', /['"`[](POLL_INTERVAL_SECONDS|GIVE_UP_AFTER_SECONDS|WATCHES_TABLE|STATE_MACHINE_ARN)/),
    ).toEqual([]);
  });
});

describe('core/contract/names.ts', () => {
  const text = read('core/contract/names.ts');

  test('imports nothing', () => {
    expect(imports({ file: 'core/contract/names.ts', text })).toEqual([]);
    // Types are gone when it runs.
    expect(code(text).match(/^(import|export) (?!type )[^;]*\bfrom\b/gm)).toBeNull();
  });
});

describe('core/contract/events.ts', () => {
  test('needs nothing but the schema library, for consumers and lib alike', () => {
    expect(
      imports({ file: 'core/contract/events.ts', text: read('core/contract/events.ts') }).sort(),
    ).toEqual(['core/contract/names.ts', 'zod']);
  });
});

describe.each(['core/contract', 'core/domain'])('%s', (folder) => {
  test('imports no SDK and nothing that reaches files, network or process', () => {
    expect(importing(folder, (name) => /^(@aws-sdk|@smithy|node:|fs$|http|process$)/.test(name))).toEqual([]);
  });

  test('imports of ours only itself and the contract', () => {
    expect(
      importing(
        folder,
        (name) =>
          /^\w+\/.*\.ts$/.test(name) && !name.startsWith('core/contract/') && !name.startsWith(`${folder}/`),
      ),
    ).toEqual([]);
  });

  test('reads neither the clock nor the environment: time is an argument', () => {
    expect(
      found(folder, /\bDate\.now\(|\bnew Date\(\s*\)|\bprocess\b|\bperformance\.now\(|\bsetTimeout\(/),
    ).toEqual([]);
  });
});

describe('core and lambda', () => {
  const both = (look: (folder: string) => string[]) => ['core', 'lambda'].flatMap(look);

  test('make SDK clients in one place', () => {
    expect(both((folder) => found(folder, /\bnew \w*Client\(/))).toEqual(['core/aws/clients.ts']);
  });

  test('read the environment in one place', () => {
    expect(both((folder) => found(folder, /\bprocess\.env\b/))).toEqual(['lambda/runtime/env.ts']);
  });

  test('import nothing of lib, cli, local, simulator, proof or the CDK', () => {
    const forbidden = /^(aws-cdk-lib|constructs)|^(bin|cli|lib|local|proof|scripts|simulator|test)\//;
    expect(both((folder) => importing(folder, (name) => forbidden.test(name)))).toEqual([]);
  });

  test('have handlers of at most 70 lines', () => {
    const handlers = globSync('{core,lambda}/**/*.ts', { cwd: root })
      .map((file) => ({ file, text: read(file) }))
      .filter(({ text }) => /^export const handler\b/m.test(text));
    expect(handlers.map(({ file }) => file).sort()).toEqual([
      'lambda/handlers/check-import-job.ts',
      'lambda/handlers/on-import-event.ts',
      'lambda/handlers/on-watch-ended.ts',
      'lambda/handlers/summarize-import.ts',
      'lambda/handlers/sweep.ts',
    ]);
    expect(handlers.filter(({ text }) => text.split('\n').length > 71).map(({ file }) => file)).toEqual([]);
  });
});

describe('core', () => {
  test('imports nothing of lambda', () => {
    expect(importing('core', (name) => name.startsWith('lambda/'))).toEqual([
      // TODO of the move: measure() leaves the adapters.
      'core/aws/import-jobs.ts: lambda/runtime/metrics.ts',
    ]);
  });
});

describe('simulator', () => {
  test('knows nothing of what it is used for', () => {
    expect(
      importing('simulator', (name) => /^(core|lambda|lib|local|bin|cli|proof|test)\//.test(name)),
    ).toEqual([]);
  });
});

describe('cli', () => {
  test('imports only itself, core and, to simulate, the simulator', () => {
    const ALLOWED = /^(cli|core)\//;
    expect(
      importing('cli', (name) => /^\w+\/.*\.ts$/.test(name) && !ALLOWED.test(name)).filter(
        (line) => !/^cli\/simulate\/(command|run)\.ts: simulator\//.test(line),
      ),
    ).toEqual([]);
  });

  test('has a folder for each command, which few others look into', () => {
    const shared = /^cli\/((aws|terminal)\/|[\w-]+\.ts$)/;
    const looks = sources('cli')
      .filter(({ file }) => file !== 'cli/program.ts')
      .flatMap((source) =>
        imports(source)
          .filter((name) => name.startsWith('cli/') && !shared.test(name))
          .filter((name) => dirname(name) !== dirname(source.file))
          .map((name) => `${source.file}: ${name}`),
      );
    expect(looks).toEqual([
      'cli/doctor/watches.ts: cli/redrive/failed-jobs.ts',
      'cli/start/run.ts: cli/wait/wait-for.ts',
    ]);
  });

  test('makes no SDK client: core/aws/clients.ts does', () => {
    expect(found('cli', /\bnew \w*Client\(/)).toEqual([]);
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
      'local/demo.ts',
      'local/narrator.ts',
      'local/read-folder.ts',
    ]);
  });
});

describe('bin', () => {
  test('imports only lib and itself', () => {
    expect(
      importing('bin', (name) => /^\w+\/.*\.ts$/.test(name) && !/^(lib\/index\.ts$|bin\/)/.test(name)),
    ).toEqual([]);
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
    const packages = ['bin', 'cli', 'core', 'lambda', 'lib', 'local', 'proof', 'simulator']
      .flatMap((folder) => sources(folder).flatMap(imports))
      .filter((name) => !name.startsWith('node:') && !name.endsWith('.ts'))
      .map((name) => name.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? name);
    expect([...new Set(packages)].filter((name) => !(name in versions))).toEqual([]);
  });
});
