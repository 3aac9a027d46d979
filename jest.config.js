/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.venv-verify/'],
  transform: { '\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } } }] },
  setupFiles: ['<rootDir>/test/support/setup.ts'],
  // A limit for what hangs, not for what is slow: a loaded machine takes several times as long.
  testTimeout: 120_000,
  // All cores: left to itself jest keeps one for the terminal.
  maxWorkers: '100%',
  // A worker keeps what its test files loaded, the CDK dozens of times: past this it spends its time on collecting garbage,
  // and a new one takes over.
  workerIdleMemoryLimit: '1GB',
  collectCoverageFrom: ['lambda/**/*.ts'],
  coverageThreshold: { global: { lines: 95 } },
};
