import { defineConfig } from 'vitest/config';

/** Tests that a mutation can run thousands of times: without those of whole workflows, of memory and of a million lines. */
export default defineConfig({
  test: {
    isolate: false,
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/setup.ts'],
    // In the folder of the part; those of lambda/ are in two.
    include: ['*.test.ts', '{handlers,runtime}/*.test.ts'],
    exclude: ['*-memory.test.ts', 'import-report-size.test.ts', 'patient-data.test.ts'],
    testTimeout: 120_000,
  },
});
