import { deepStrictEqual } from 'node:assert';
import type { PublishCommandInput, SNSClient } from '@aws-sdk/client-sns';
import { App } from 'aws-cdk-lib';
import { sendDigest, tellPeople } from '../../../core/aws/notices.ts';
import { DicomImportWatcherStack } from '../../../lib/index.ts';
import { resourcesOf } from '../../../local/template.ts';
import { STACK } from '../apps.ts';
import type { Results } from '../results.ts';
import { matchedByMoto } from './rules.ts';

const STORES = ['1', '2', '3'].map((character) => character.repeat(32));
const [FIRST = '', SECOND = '', THIRD = ''] = STORES;

/** What each address gets of the messages that the functions publish: an array matches by each of its elements. */
export async function addressesGet(results: Results): Promise<void> {
  const app = new App();
  const { watcher } = new DicomImportWatcherStack(app, STACK, {
    outputBuckets: ['import-output'],
    chat: true,
  });
  watcher.addEmail('failures@hospital.example', { outcomes: ['FAILED'], datastoreIds: [FIRST, SECOND] });
  watcher.addEmail('hourly@hospital.example', { every: 'hour' });
  watcher.addEmail('daily@hospital.example', { every: 'day', outcomes: ['FAILED'] });
  const { template } = app.synth().getStackByName(STACK);
  const policyOf = new Map(
    resourcesOf<{ Endpoint: string; FilterPolicy: Record<string, unknown[]> }>(
      template,
      'AWS::SNS::Subscription',
    ).map(({ properties }) => [properties.Endpoint.split('@')[0] ?? '', properties.FilterPolicy]),
  );
  const formatOf = (address: string) =>
    policyOf
      .get(address)
      ?.format?.map(String)
      .find((format) => format.startsWith('digest-')) ?? '';
  const name = String(policyOf.get('failures')?.watcher?.[0]);
  const digest = (address: string, outcomes: string[], datastoreIds: string[]) => (topic: Topic) =>
    sendDigest(topic, { format: formatOf(address), message: 'm', watcher: name, outcomes, datastoreIds });
  const single = (outcome: string, datastoreId: string) => (topic: Topic) =>
    tellPeople({ ...topic, chat: true }, notice(name, outcome, datastoreId));

  const cases: [title: string, publish: (topic: Topic) => Promise<void>, gets: string[]][] = [
    ['a failure by itself', single('FAILED', SECOND), ['failures']],
    ['a failure in another data store', single('FAILED', THIRD), []],
    ['a success by itself', single('SUCCEEDED', FIRST), []],
    ['its digest', digest('failures', ['SUCCEEDED', 'FAILED'], [THIRD, SECOND]), ['failures']],
    ['the digest of an hour', digest('hourly', ['SUCCEEDED', 'FAILED'], [FIRST, THIRD]), ['hourly']],
    ['the digest of a day', digest('daily', ['FAILED'], [FIRST]), ['daily']],
    ['a digest of a failed watch that names no job', digest('hourly', ['WATCH_FAILED'], []), ['hourly']],
  ];
  for (const [title, publish, gets] of cases) {
    await results.check(
      `addresses: ${title} reaches ${gets.join(', ') || 'none'}, by moto's filters`,
      async () => {
        const messages: object[] = [];
        await publish({ topicArn: 'arn:aws:sns:us-east-1:111122223333:people', sns: recorder(messages) });
        const matches = await matchedByMoto([...policyOf.values()], messages, 'match_messages.py');
        deepStrictEqual(
          [...policyOf.keys()].filter((_, index) => matches[index]?.some((match) => match)),
          gets,
        );
      },
    );
  }
}

interface Topic {
  readonly topicArn: string;
  readonly sns: SNSClient;
}

/** Keeps the attributes of what is published, as moto has them. */
function recorder(messages: object[]): SNSClient {
  const send = async ({ input }: { readonly input: PublishCommandInput }) => {
    const attributes = Object.entries(input.MessageAttributes ?? {});
    messages.push(
      Object.fromEntries(
        attributes.map(([key, { DataType, StringValue }]) => [key, { Type: DataType, Value: StringValue }]),
      ),
    );
    return {};
  };
  return { send } as unknown as SNSClient;
}

function notice(watcher: string, outcome: string, datastoreId: string): Parameters<typeof tellPeople>[1] {
  const detail = { metadata: { watcher }, data: { outcome, datastoreId } };
  return { detail, email: { subject: 's', body: 'b' }, chat: '{}' } as never;
}
