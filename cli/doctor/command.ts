import type { Command } from 'commander';
import { command, PROGRAM } from '../command.ts';
import { awsOptions } from '../options.ts';
import { stackOptions } from '../stack-options.ts';

export function doctorCommand(): Command {
  const doctor = command('doctor', {
    summary: 'look whether the watcher works, and say what to do',
    description:
      'Looks at all that the watcher needs and at what it left behind, changes nothing, and says of each that it is well or what to do. Ends with 0 where all is well, else with 1.',
    examples: [`${PROGRAM} doctor`, `${PROGRAM} doctor --stack Imaging --region eu-west-1 --json`],
    load: () => import('./run.ts'),
  }).option('--json', 'print JSON');
  return awsOptions(stackOptions(doctor, ['stateMachineArn', 'tableName']));
}
