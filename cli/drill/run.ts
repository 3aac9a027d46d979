import { randomUUID } from 'node:crypto';
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { executionArn } from '../../core/aws/executions.ts';
import { tellSystems } from '../../core/aws/notices.ts';
import type { Detail, ImportFinishedData } from '../../core/contract/events.ts';
import { type Email, type ImportJobId, PUBLISHED } from '../../core/contract/names.ts';
import { counted } from '../../core/domain/counted.ts';
import { buildDrill, drillEmail, drillJob } from '../../core/domain/notices/drill.ts';
import { oneLine } from '../../core/domain/text.ts';
import { watchName } from '../../core/domain/watch/watch-name.ts';
import { type Aws, connectTo } from '../aws/connect.ts';
import { findWatcher } from '../aws/watcher.ts';
import { PROGRAM } from '../command.ts';
import { CliError, explain, usageError } from '../errors.ts';
import { EXIT } from '../exit-status.ts';
import type { AwsOptions } from '../options.ts';
import type { StackOptions } from '../stack-options.ts';
import { ask, canAsk } from '../terminal/ask.ts';
import { facts, print, printJson, table, tell } from '../terminal/output.ts';
import { type Attributes, type Filter, matches, type PlannedMessage, planMessages } from './filters.ts';
import { type RuleWithTargets, rulesThatSee } from './rules.ts';
import { type EmailSubscription, readSubscribers } from './subscriptions.ts';

export interface DrillOptions extends AwsOptions, StackOptions {
  readonly systems?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** The event on the bus, and the rules that see it. */
interface SystemsDrill {
  readonly busName: string;
  readonly detail: Detail<ImportFinishedData>;
  readonly rules: readonly RuleWithTargets[];
}

/** A message that was sent, or why it was not. */
interface Sent extends PlannedMessage {
  readonly messageId?: string;
  readonly error?: string;
}

/** Whether an address should have its email. */
interface Delivery extends EmailSubscription {
  /** Messages that its filter lets through, as far as it is known. */
  readonly emails: number;
  /** Why there is none, or could be more. */
  readonly why?: string;
}

/** What was sent, and to whom. */
interface Drilled {
  readonly job: ImportJobId;
  readonly topicArn: string;
  readonly sent: readonly Sent[];
  readonly deliveries: readonly Delivery[];
  /** Protocols of subscriptions that get no email. */
  readonly others: readonly string[];
  readonly drill: SystemsDrill | undefined;
}

/** Sends a test to everybody who gets emails, and to systems where that is asked for. */
export async function run(options: DrillOptions): Promise<number> {
  const { systems = false, json } = options;
  const aws = await connectTo(options.topicArn, options);
  const { topicArn } = await findWatcher(aws, options, ['topicArn']);
  const sns = aws.sns();
  const { emails, others } = await readSubscribers(sns, topicArn);
  if (emails.length === 0 && !systems) {
    throw new CliError(
      `The topic ${topicArn} has no email subscription, so nothing was sent. Set 'emails' and deploy. To test the bus: ${PROGRAM} drill --systems`,
    );
  }
  const now = Date.now();
  const job = drillJob(randomUUID().replaceAll('-', '').slice(0, 27));
  const drill = systems ? await prepareSystems(aws, options, job, now) : undefined;
  if (drill && !(await mayGoOn(drill, options))) {
    tell('Nothing was sent.');
    return EXIT.failed;
  }
  if (drill) {
    await tellSystems(
      { eventBridge: aws.eventBridge(), busName: drill.busName },
      PUBLISHED.importFinished,
      drill,
    );
  }
  const distinct = new Map(emails.flatMap(({ filter }) => (filter ? [[filter.key, filter]] : [])));
  const sent: Sent[] = [];
  for (const planned of planMessages([...distinct.values()])) {
    sent.push({ ...planned, ...(await send(sns, topicArn, drillEmail(job, now), planned.attributes)) });
  }
  const deliveries = emails.map((each) => deliveryTo(each, sent));
  const done: Drilled = { job, topicArn, sent, deliveries, others, drill };
  if (json) printJson(asJson(done));
  else show(done);
  return deliveries.some(({ state, emails }) => state !== 'deleted' && emails === 0)
    ? EXIT.failed
    : EXIT.done;
}

/** @throws CliError where no rule sees the event. */
async function prepareSystems(
  aws: Aws,
  options: DrillOptions,
  job: ImportJobId,
  now: number,
): Promise<SystemsDrill> {
  const { busName, stateMachineArn } = await findWatcher(aws, options, ['busName', 'stateMachineArn']);
  const arn = executionArn({ client: aws.stepFunctions(), arn: stateMachineArn }, watchName(job));
  const { detail } = buildDrill(job, arn, now);
  const rules = await rulesThatSee(aws.eventBridge(), busName, {
    version: '0',
    id: job.jobId,
    'detail-type': PUBLISHED.importFinished,
    source: PUBLISHED.source,
    account: stateMachineArn.split(':')[4],
    time: new Date(now).toISOString(),
    region: aws.region,
    resources: [],
    detail,
  });
  if (rules.length > 0) return { busName, detail, rules };
  throw new CliError(
    `No rule of the bus ${busName} would see the event, so nothing was sent. Rules that want other outcomes than ${detail.data.outcome}, or single data stores, do not see a drill.`,
  );
}

/** Lists who will see the event, and asks. @throws CliError where nobody can be asked. */
async function mayGoOn({ busName, rules }: SystemsDrill, { yes }: DrillOptions): Promise<boolean> {
  tell(`The event will be put on the bus ${oneLine(busName)}. ${counted(rules.length, 'rule')} will see it:`);
  for (const { name, targets } of rules) {
    tell(`  ${oneLine(`${name}: ${targets.join(', ') || 'no target'}`)}`);
  }
  tell(
    `It says '${PUBLISHED.importFinished}', SUCCEEDED, of a job that does not exist. Consumers that do not look at metadata.test take it for a verdict.`,
  );
  if (yes) return true;
  if (!canAsk()) {
    throw usageError(
      'Standard input is not a terminal, so nobody can be asked. Nothing was sent. Add --yes.',
    );
  }
  return ask('Send it?');
}

async function send(
  sns: SNSClient,
  TopicArn: string,
  { subject, body }: Email,
  attributes: Attributes,
): Promise<Pick<Sent, 'messageId' | 'error'>> {
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, values]) => [
      name,
      values.length === 1
        ? { DataType: 'String', StringValue: values[0] }
        : { DataType: 'String.Array', StringValue: JSON.stringify(values) },
    ]),
  );
  try {
    const { MessageId } = await sns.send(
      new PublishCommand({ TopicArn, Subject: subject, Message: body, MessageAttributes }),
    );
    return { messageId: MessageId };
  } catch (error) {
    // What was sent before has to be reported even so.
    return { error: explain(error).message };
  }
}

function deliveryTo(subscription: EmailSubscription, sent: readonly Sent[]): Delivery {
  const { state, filter } = subscription;
  if (!filter) {
    const why = state === 'pending' ? 'the subscription is not confirmed' : 'the subscription has ended';
    return { ...subscription, emails: 0, why };
  }
  const through = sent.filter(({ attributes }) => matches(filter, attributes));
  const emails = through.filter(({ error }) => error === undefined).length;
  const why = whyNot(filter, emails, through.find(({ error }) => error !== undefined)?.error);
  return { ...subscription, emails, ...(why && { why }) };
}

function whyNot({ unknown }: Filter, emails: number, error: string | undefined): string | undefined {
  if (emails === 0 && error !== undefined) return `SNS did not take the message: ${error}`;
  if (unknown.length > 0) {
    const has = `its filter has ${unknown.join(', ')}, which this command does not know`;
    return emails === 0 ? has : `perhaps more: ${has}`;
  }
  return emails > 1 ? 'its filter also lets through what others need' : undefined;
}

function show({ job: { jobId }, topicArn, sent, deliveries, others, drill }: Drilled): void {
  print(
    facts([
      ['Drill', jobId],
      ['Topic', topicArn],
      ['Messages', String(sent.filter(({ error }) => error === undefined).length)],
      ['Bus', drill?.busName],
      ['Event id', drill?.detail.metadata.id],
    ]),
  );
  if (deliveries.length > 0) {
    print('');
    print(
      table(
        [{ title: 'Address' }, { title: 'State' }, { title: 'Emails' }, { title: 'Why' }],
        deliveries.map(({ address, state, emails, why = '' }) => [address, state, String(emails), why]),
      ),
    );
  }
  if (deliveries.some(({ state }) => state === 'pending')) {
    tell('An address gets nothing until its owner has confirmed it, within 48 hours:');
    tell(`  ${PROGRAM} confirm --token '<link of the confirmation email>'`);
  }
  if (others.length > 0) {
    tell(
      `The topic also has ${counted(others.length, 'subscription')} of others (${[...new Set(others)].sort().join(', ')}), which get what their filters let through.`,
    );
  }
  tell(
    'This shows what SNS took, not whether a mailbox took the email or a spam filter moved it: ask the people. What SNS could not deliver is in a dead-letter queue, which doctor looks at.',
  );
}

function asJson({ job: { jobId }, topicArn, sent, deliveries, others, drill }: Drilled) {
  return {
    drillId: jobId,
    topicArn,
    messages: sent.map(({ messageId = null, attributes, error = null }) => ({
      messageId,
      attributes,
      error,
    })),
    subscriptions: deliveries.map(({ address, protocol, state, emails, why = null }) => ({
      address,
      protocol,
      state,
      emails,
      why,
    })),
    otherSubscriptions: others.length,
    systems: drill ? { busName: drill.busName, eventId: drill.detail.metadata.id, rules: drill.rules } : null,
  };
}
