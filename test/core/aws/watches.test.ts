import { BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeEach, expect, test } from 'vitest';
import { findWatches, NO_RECORD } from '../../../core/aws/watches.ts';
import { datastoreId, job } from '../../lambda/given.ts';
import { mockClient } from '../../support/mock-client.ts';

const dynamoDB = mockClient(DynamoDBClient);
const table = { client: dynamoDB as unknown as DynamoDBClient, name: 'watches' };
const other = { datastoreId, jobId: 'other' };
const keyOf = (jobId: string) => ({ datastoreId: { S: datastoreId }, jobId: { S: jobId } });

beforeEach(() => {
  dynamoDB.reset();
});

test('a job that is asked for twice is asked for once: DynamoDB refuses the other way', async () => {
  dynamoDB.on(BatchGetItemCommand).resolves({
    Responses: {
      watches: [{ ...keyOf('other'), outcome: { S: 'FAILED' }, failureEventIds: { SS: ['a', 'b'] } }],
    },
  });
  const recordOf = await findWatches(table, [job, other, job]);
  expect(dynamoDB.commandCalls(BatchGetItemCommand).map((call) => call.args[0].input.RequestItems)).toEqual([
    { watches: { Keys: [keyOf(job.jobId), keyOf('other')], ConsistentRead: true } },
  ]);
  expect(recordOf(other)).toEqual({ ...NO_RECORD, outcome: 'FAILED', failureEventIds: ['a', 'b'] });
  expect(recordOf(job)).toEqual({ failureEventIds: [], failureEventIdsOnBus: [] });
});

test('for no job nobody is asked', async () => {
  expect((await findWatches(table, []))(job)).toEqual({ failureEventIds: [], failureEventIdsOnBus: [] });
  expect(dynamoDB.calls()).toEqual([]);
});

test('an answer for a part of the jobs is none', async () => {
  dynamoDB.on(BatchGetItemCommand).resolves({ UnprocessedKeys: { watches: { Keys: [keyOf('other')] } } });
  await expect(findWatches(table, [job, other])).rejects.toThrow('the table of watches is throttled');
});
