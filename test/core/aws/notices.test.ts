import { EventBridgeClient, InternalException, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { AuthorizationErrorException, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { beforeEach, expect, test } from 'vitest';
import { tellPeople, tellSystems } from '../../../core/aws/notices.ts';
import { datastoreId, SECRET } from '../../lambda/given.ts';
import { mockClient } from '../../support/mock-client.ts';

const bus = mockClient(EventBridgeClient);
const topic = mockClient(SNSClient);
const channels = {
  eventBridge: new EventBridgeClient({}),
  sns: new SNSClient({}),
  busName: 'bus',
  topicArn: 'arn:aws:sns:us-east-1:111122223333:topic',
};
const error = { message: SECRET, $metadata: { httpStatusCode: 500 } };

beforeEach(() => {
  bus.reset();
  topic.reset();
  bus.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: 'event-1' }] });
  topic.on(PublishCommand).resolves({ MessageId: 'message-1' });
});

const notice = (more: { datastoreId?: string }) => ({
  detail: {
    metadata: { id: 'id-1', schemaVersion: '1' as const, publishedAt: '2026-01-02T03:04:05.678Z' },
    data: { outcome: 'OUTCOME', ...more },
  },
  email: { subject: 'Subject', body: 'Body\n' },
  chat: '{"version":"1.0"}',
});
const publish = async (data: { datastoreId?: string } = { datastoreId }, chat = false) => {
  await tellSystems(channels, 'Type', notice(data));
  await tellPeople({ ...channels, chat }, notice(data));
};
const format = { DataType: 'String', StringValue: 'email' };
const events = () => bus.commandCalls(PutEventsCommand).map((call) => call.args[0].input);
const emails = () => topic.commandCalls(PublishCommand).map((call) => call.args[0].input);

test('a notice goes to systems and to people', async () => {
  await publish();
  expect(events()).toEqual([
    {
      Entries: [
        {
          Source: 'dicom-import-watcher',
          DetailType: 'Type',
          Detail: JSON.stringify(notice({ datastoreId }).detail),
          EventBusName: 'bus',
        },
      ],
    },
  ]);
  expect(emails()).toEqual([
    {
      TopicArn: channels.topicArn,
      Subject: 'Subject',
      Message: 'Body\n',
      MessageAttributes: {
        outcome: { DataType: 'String', StringValue: 'OUTCOME' },
        format,
        datastoreId: { DataType: 'String', StringValue: datastoreId },
      },
    },
  ]);
});

test('a notice that names no data store has no attribute for it: SNS refuses an empty one', async () => {
  await publish({});
  expect(emails()[0]?.MessageAttributes).toEqual({
    outcome: { DataType: 'String', StringValue: 'OUTCOME' },
    format,
  });
});

test('a notice that says which watcher it is of has an attribute for it', async () => {
  const said = notice({ datastoreId });
  await tellPeople(
    { ...channels, chat: false },
    {
      ...said,
      detail: { ...said.detail, metadata: { ...said.detail.metadata, watcher: 'Imaging' } },
    },
  );
  expect(emails()[0]?.MessageAttributes?.watcher).toEqual({ DataType: 'String', StringValue: 'Imaging' });
});

test('chat gets its own message, where it is wanted', async () => {
  await publish({ datastoreId }, true);
  expect(emails()).toHaveLength(2);
  expect(emails()[1]).toEqual({
    TopicArn: channels.topicArn,
    Message: '{"version":"1.0"}',
    MessageAttributes: {
      outcome: { DataType: 'String', StringValue: 'OUTCOME' },
      format: { DataType: 'String', StringValue: 'chat' },
      datastoreId: { DataType: 'String', StringValue: datastoreId },
    },
  });
});

test('PutEvents that succeeds without its entry is an error', async () => {
  bus.on(PutEventsCommand).resolves({
    FailedEntryCount: 1,
    Entries: [{ ErrorCode: 'ThrottlingException', ErrorMessage: SECRET }],
  });
  // toThrow with an Error compares the whole message: AWS's own is not in it.
  await expect(publish()).rejects.toThrow(new Error('PutEvents refused the notice: ThrottlingException'));
  expect(emails()).toEqual([]);
});

test('PutEvents that fails is an error', async () => {
  bus.on(PutEventsCommand).rejects(new InternalException(error));
  await expect(publish()).rejects.toMatchObject({ name: 'InternalException' });
  expect(emails()).toEqual([]);
});

test('Publish that fails is an error', async () => {
  topic.on(PublishCommand).rejects(new AuthorizationErrorException(error));
  await expect(publish()).rejects.toMatchObject({ name: 'AuthorizationErrorException' });
  expect(events()).toHaveLength(1);
});
