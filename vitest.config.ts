import { defineConfig } from 'vitest/config';

/** A limit for what hangs, not for what is slow: a busy machine takes several times as long. */
const LIMIT_MS = 120_000;

/** Tests whose files end in `ending`. */
const project = (name: string, ending: string, limit = LIMIT_MS) => ({
  extends: true as const,
  test: { name, include: [`test/**/*${ending}`], testTimeout: limit, hookTimeout: limit },
});

export default defineConfig({
  test: {
    // What all tests of a worker share is what takes long to load: packages, above all the CDK. `setup.ts` gives each test
    // file modules of its own of this repository, and takes back what it changed in the process.
    pool: 'forks',
    isolate: false,
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/setup.ts'],
    // All cores: left to itself vitest keeps one for the terminal.
    maxWorkers: '100%',
    coverage: { include: ['core/**/*.ts', 'lambda/**/*.ts'], reporter: ['text'], thresholds: { lines: 95 } },
    projects: [project('behavior', '.test.ts'), project('slow', '.slow.ts'), project('python', '.python.ts')],
  },
});
