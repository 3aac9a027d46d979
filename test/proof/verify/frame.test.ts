import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { runPart } from '../../../proof/verify/main.ts';
import { CannotRun, type Part } from '../../../proof/verify/part.ts';
import { freePort, Servers } from '../../../proof/verify/servers.ts';

async function play(run: Part['run']): Promise<{ lines: string[]; passed: number; failed: number }> {
  const lines: string[] = [];
  const { passed, failed } = await runPart('part', { proves: 'something', run }, false, (line) =>
    lines.push(line),
  );
  return { lines, passed, failed };
}

describe('a part', () => {
  test('counts what passed and what failed, and says why', async () => {
    const played = await play(async ({ results }) => {
      await results.check('one', () => {});
      await results.check('two', () => {
        throw new Error('it is 1\nbut should be 2');
      });
      await results.check('three', async () => {});
    });
    expect(played).toEqual({
      passed: 2,
      failed: 1,
      lines: [
        'passed  part: one',
        'FAILED  part: two\n          it is 1\n          but should be 2',
        'passed  part: three',
      ],
    });
  });

  test('that makes no check has failed', async () => {
    expect(await play(async () => {})).toMatchObject({ passed: 0, failed: 1 });
  });

  test('that cannot run has failed, and says what is missing', async () => {
    const played = await play(async () => {
      throw new CannotRun('No Python.');
    });
    expect(played).toEqual({
      passed: 0,
      failed: 1,
      lines: ['FAILED  part: cannot run\n          No Python.'],
    });
  });

  test('that breaks has failed', async () => {
    const played = await play(async ({ results }) => {
      results.pass('one');
      throw new Error('broken');
    });
    expect(played).toMatchObject({ passed: 1, failed: 1 });
    expect(played.lines.at(-1)).toMatch(/^FAILED {2}part: ended early\n.*broken/);
  });
});

const answering = "require('node:http').createServer((_, r) => r.end()).listen(process.argv[1], '127.0.0.1')";

describe('servers', () => {
  test('are waited for, and ended with what they started, whatever becomes of the part', async () => {
    const [port, childPort] = [await freePort(), await freePort()];
    const url = (of: number) => `http://127.0.0.1:${of}/`;
    const withChild = `${answering}; require('node:child_process').spawn(process.execPath, ['-e', process.argv[2], process.argv[3]])`;
    const { failed } = await play(async ({ servers }) => {
      await servers.start({
        command: process.execPath,
        args: ['-e', withChild, String(port), answering, String(childPort)],
        url: url(port),
      });
      expect((await fetch(url(port))).status).toBe(200);
      while (!(await fetch(url(childPort)).catch(() => undefined))) await sleep(20);
      throw new Error('broken');
    });
    expect(failed).toBe(1);
    await expect(fetch(url(port))).rejects.toThrow();
    await expect(fetch(url(childPort))).rejects.toThrow();
  });

  test('that end at once are reported with what they wrote', async () => {
    const servers = new Servers();
    const url = `http://127.0.0.1:${await freePort()}/`;
    const args = ['-e', "console.error('no license'); process.exit(3)"];
    await expect(servers.start({ command: process.execPath, args, url })).rejects.toThrow(
      /it ended with status 3\nno license/,
    );
    await expect(servers.start({ command: 'no-such-command', args: [], url })).rejects.toThrow(/ENOENT/);
    await servers.stop();
  });

  test('that never answer are reported', async () => {
    const servers = new Servers();
    const url = `http://127.0.0.1:${await freePort()}/`;
    const args = ['-e', 'setInterval(() => {}, 1000)'];
    await expect(servers.start({ command: process.execPath, args, url, seconds: 0.2 })).rejects.toThrow(
      /does not answer at http/,
    );
    await servers.stop();
  });
});
