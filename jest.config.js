/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.venv-verify/'],
  transform: { '\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } } }] },
  setupFiles: ['<rootDir>/test/support/setup.ts'],
  testTimeout: 30_000,
  // All cores: left to itself jest keeps one for the terminal.
  maxWorkers: '100%',
  collectCoverageFrom: ['lambda/**/*.ts'],
  coverageThreshold: { global: { lines: 95 } },
};
