/**
 * `npm run verify:aws`: deploys `integ.real-import.ts`, reports its assertions, and removes everything again. In place of the
 * CDK's integ-runner, which cannot read what this version of the CDK writes (docs/dependencies.md).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { assertionsIn } from './outputs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { keep } = new Command('npm run verify:aws --')
  .description(
    'Deploys the stack into the account of your credentials, and follows a real import. It costs some cents.',
  )
  .option('--keep', 'leave the stacks deployed, to look at them', false)
  .allowExcessArguments(false)
  .parse()
  .opts<{ keep: boolean }>();

const folder = await mkdtemp(join(tmpdir(), 'dicom-import-watcher-verify-aws-'));
const outputs = join(folder, 'outputs.json');
let failed = 0;
let passed = 0;
try {
  const assembly = join(folder, 'cdk.out');
  if (await cdk('synth', '--quiet', '--app', 'node proof/integ/integ.real-import.ts', '--output', assembly)) {
    await deploy(assembly);
  } else failed++;
} finally {
  await rm(folder, { recursive: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

async function deploy(assembly: string): Promise<void> {
  const app = ['--all', '--app', assembly];
  if (!(await cdk('deploy', ...app, '--require-approval', 'never', '--outputs-file', outputs))) {
    failed++;
    console.log('FAILED  the deployment, and so the assertion in it that CloudFormation names');
  }
  const assertions = assertionsIn(JSON.parse(await readFile(outputs, 'utf8').catch(() => '{}')));
  for (const { name, status, message } of assertions) {
    if (status === 'success') passed++;
    else failed++;
    console.log(status === 'success' ? `passed  ${name}` : `FAILED  ${name}: ${message}`);
  }
  if (passed + failed === 0) failed++;
  if (!keep && !(await cdk('destroy', ...app, '--force'))) failed++;
}

/** @returns whether it went well. What it says is shown. */
async function cdk(...args: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, [join(ROOT, 'node_modules/aws-cdk/bin/cdk'), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
  });
  const [status] = await once(child, 'exit');
  return status === 0;
}
