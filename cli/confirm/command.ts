import type { Command } from 'commander';
import { command, PROGRAM } from '../command.ts';
import { awsOptions, refuse } from '../options.ts';
import { stackOptions } from '../stack-options.ts';
import { type Confirmation, parseConfirmation } from './token.ts';

export function confirmCommand(): Command {
  const confirm = command('confirm', {
    summary: 'confirm an email subscription for good',
    description:
      'Confirms the subscription of an email address so that only a signed call can end it. Otherwise a mail scanner that opens the unsubscribe link of an email ends it. Copy the link of the confirmation email; do not open it.',
    examples: [
      `${PROGRAM} confirm --token 'https://sns.us-east-1.amazonaws.com/...'`,
      `${PROGRAM} confirm --token 2336412f37... --topic-arn arn:aws:sns:...`,
    ],
    load: () => import('./run.ts'),
  })
    .requiredOption('--token <token>', 'the token of the confirmation email, or its whole link', token)
    .option('--json', 'print JSON');
  return awsOptions(stackOptions(confirm, ['topicArn']));
}

function token(text: string): Confirmation {
  return (
    parseConfirmation(text) ??
    refuse('Expected the token of a confirmation email (letters and digits), or the whole link in quotes.')
  );
}
