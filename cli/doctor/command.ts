import type { Command } from 'commander';
import { command, PROGRAM } from '../command.ts';
import { awsOptions } from '../options.ts';
import { stackOptions } from '../stack-options.ts';

export function doctorCommand(): Command {
  const doctor = command('doctor', {
    summary: 'check whether the watcher works, and say what to do',
    description:
      'Checks everything that the watcher needs, and what has failed so far. It changes nothing. Each check says ok, or what to do. The exit status is 0 if all checks are ok, and 1 otherwise.',
    examples: [`${PROGRAM} doctor`, `${PROGRAM} doctor --stack Imaging --region eu-west-1 --json`],
    load: () => import('./run.ts'),
  }).option('--json', 'print JSON');
  return awsOptions(stackOptions(doctor, ['stateMachineArn', 'tableName']));
}
