import type { Command } from 'commander';
import { command, PROGRAM } from '../command.ts';
import { awsOptions } from '../options.ts';
import { stackOptions } from '../stack-options.ts';

export function drillCommand(): Command {
  const drill = command('drill', {
    summary: 'send a test to everybody who gets emails',
    description:
      'Sends a message that is marked as a test to every email subscription of the topic, and says who should have it. --systems also puts a test event on the bus; before that, it lists the rules that will see the event, and asks.',
    examples: [`${PROGRAM} drill`, `${PROGRAM} drill --systems`, `${PROGRAM} drill --systems --yes --json`],
    load: () => import('./run.ts'),
  })
    .option('--systems', 'also put a test event on the bus')
    .option('--yes', 'do not ask before that')
    .option('--json', 'print JSON');
  return awsOptions(stackOptions(drill, ['stateMachineArn', 'busName', 'topicArn']));
}
