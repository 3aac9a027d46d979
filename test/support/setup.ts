import { afterAll, vi } from 'vitest';

// Test files share a process, as loading the CDK and the SDK takes longer than most tests. Nothing else may pass from one to
// the next: each gets modules of its own of this repository, and leaves the environment as it was.
vi.resetModules();
const before = { ...process.env };
afterAll(() => {
  vi.restoreAllMocks();
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});

// Metrics are lines on standard output, which would hide what a test tells. Tests of metrics switch them on.
process.env.POWERTOOLS_METRICS_DISABLED = 'true';
// What the CDK does for somebody who reads a synthesis: its own validation takes several times as long as the rest, and memory
// that a worker does not give back; and each construct gets a stack trace. `npm run synth` is validated, and fails where
// that finds anything.
process.env.CDK_VALIDATION = 'false';
process.env.CDK_DISABLE_STACK_TRACE = 'true';
