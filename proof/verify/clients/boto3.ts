import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { python } from '../python.ts';
import type { Client } from './client.ts';

/** boto3, in a Python process that gets the calls on its standard input and ends with it. */
export async function boto3(env: Readonly<Record<string, string>>): Promise<Client & { botocore: string }> {
  const { command } = await python('tools');
  const script = fileURLToPath(new URL('boto3_client.py', import.meta.url));
  const child = spawn(command('python'), [script], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let problems = '';
  child.stderr.on('data', (data) => {
    problems += data;
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ask = async (request: object) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`boto3 ended: ${problems}`);
    return JSON.parse(value);
  };
  const versions = await ask({ kind: 'version' });
  return {
    name: 'boto3',
    version: versions.boto3,
    botocore: versions.botocore,
    call: (operation, input, attempts) => ask({ kind: 'call', operation, input, attempts }),
    listAll: (datastoreId, pageSize) => ask({ kind: 'pages', datastoreId, pageSize }),
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
