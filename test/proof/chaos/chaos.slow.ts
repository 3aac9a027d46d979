import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';

/** In a process of its own: it replaces what all of a process has in common, such as the SDK's transport. */
function chaos(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const options = { maxBuffer: 100 * 1024 * 1024 };
    execFile(process.execPath, ['proof/chaos/main.ts', ...args], options, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

test('200 runs in which everything goes wrong: what must hold, holds', async () => {
  const { code, stdout, stderr } = await chaos('--runs', '200', '--seed', '1');
  // All of the output: a run that fails tells its story there.
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^200 runs from seed 1 in [\d.]+ s: 200 well, 0 failed\n$/),
    stderr: '',
  });
}, 300_000);

test.each([
  [['--runs', '0'], "argument '0' is invalid. Expected a whole number from 1."],
  [['--seed', 'x'], "argument 'x' is invalid. Expected a whole number from 0."],
  [['--run', '1'], "error: unknown option '--run'"],
])('%j is refused', async (args, message) => {
  const { code, stdout, stderr } = await chaos(...args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(message);
});
