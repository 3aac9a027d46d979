import {
  ConfirmSubscriptionCommand,
  GetSubscriptionAttributesCommand,
  type SNSClient,
} from '@aws-sdk/client-sns';
import { oneLine } from '../../core/domain/text.ts';
import { connectTo } from '../aws/connect.ts';
import { findWatcher } from '../aws/watcher.ts';
import { CliError, explain, usageError } from '../errors.ts';
import { EXIT } from '../exit-status.ts';
import type { AwsOptions } from '../options.ts';
import type { StackOptions } from '../stack-options.ts';
import { facts, paragraph, print, printJson, tell } from '../terminal/output.ts';
import type { Confirmation } from './token.ts';

export interface ConfirmOptions extends AwsOptions, StackOptions {
  readonly token: Confirmation;
  readonly json?: boolean;
}

/** Confirms a subscription so that only a signed call can end it. */
export async function run(options: ConfirmOptions): Promise<number> {
  const { token, topicArn: ofLink } = options.token;
  if (ofLink && options.topicArn && ofLink !== options.topicArn) {
    throw usageError(
      `The link belongs to the topic ${oneLine(ofLink)}, but --topic-arn is ${options.topicArn}. Remove --topic-arn.`,
    );
  }
  const known = ofLink ?? options.topicArn;
  const aws = await connectTo(known, options);
  const topicArn = known ?? (await findWatcher(aws, options, ['topicArn'])).topicArn;
  const sns = aws.sns();
  const subscriptionArn = await confirm(sns, topicArn, token);
  const authenticated = await wasAuthenticated(sns, subscriptionArn);
  if (options.json) printJson({ topicArn, subscriptionArn, authenticated });
  else
    print(
      facts([
        ['Confirmed', subscriptionArn],
        ['Topic', topicArn],
      ]),
    );
  if (authenticated === false) {
    tell(
      paragraph(
        'It was confirmed before, by its link, so the unsubscribe link of an email still ends it. To fix that, end the subscription, subscribe the address again, and confirm the new link with this command before anybody opens it:',
      ),
    );
    tell(`  aws sns unsubscribe --subscription-arn ${oneLine(subscriptionArn)}`);
    return EXIT.failed;
  }
  if (!options.json) tell('Only a signed call can end the subscription. No link in an email can.');
  return EXIT.done;
}

async function confirm(sns: SNSClient, TopicArn: string, Token: string): Promise<string> {
  try {
    const { SubscriptionArn = '' } = await sns.send(
      new ConfirmSubscriptionCommand({ TopicArn, Token, AuthenticateOnUnsubscribe: 'true' }),
    );
    return SubscriptionArn;
  } catch (error) {
    const { name, message } = error as Error;
    if (!/^InvalidParameter/.test(name)) throw error;
    throw new CliError(
      `SNS does not accept this token for the topic ${oneLine(TopicArn)}: ${oneLine(message)}. A token is valid for 48 hours. To get another one:\n  aws sns subscribe --topic-arn ${oneLine(TopicArn)} --protocol email --notification-endpoint <address>`,
      { cause: error },
    );
  }
}

/** @returns undefined where these credentials may not ask. */
async function wasAuthenticated(sns: SNSClient, SubscriptionArn: string): Promise<boolean | null> {
  try {
    const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
    return Attributes?.ConfirmationWasAuthenticated === 'true';
  } catch (error) {
    tell(`It is not known how the subscription was confirmed. ${explain(error).message}`);
    return null;
  }
}
