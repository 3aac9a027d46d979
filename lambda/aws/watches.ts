import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { SendTaskSuccessCommand, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { type ImportJobId, type News, WATCH_ITEM } from '../contract.ts';

/** The name of the execution that watches a job: one name, one watch. At most 65 of the 80 characters allowed. */
export function watchName({ datastoreId, jobId }: ImportJobId): string {
  return `${datastoreId}-${jobId}`;
}

/**
 * Makes sure that a job has a watch. Doing so twice is harmless: Step Functions takes the same name and input as the
 * same execution while it runs, and refuses the name for 90 days after.
 */
export async function startWatch(
  client: SFNClient,
  stateMachineArn: string,
  job: ImportJobId,
): Promise<'running' | 'ended'> {
  const { datastoreId, jobId } = job;
  try {
    await client.send(
      new StartExecutionCommand({
        stateMachineArn,
        name: watchName(job),
        input: JSON.stringify({ datastoreId, jobId }),
      }),
    );
    return 'running';
  } catch (error) {
    if ((error as Error).name === 'ExecutionAlreadyExists') return 'ended';
    throw error;
  }
}

/** Wakes the watch that waits with this token. `stale`: it waits no more, or not with this token. */
export async function giveNews(
  client: SFNClient,
  taskToken: string,
  news: News,
): Promise<'delivered' | 'stale'> {
  try {
    await client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(news) }));
    return 'delivered';
  } catch (error) {
    if (['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'].includes((error as Error).name)) return 'stale';
    throw error;
  }
}

/** What the table of watches knows of a job. */
export async function findWatch(
  client: DynamoDBClient,
  tableName: string,
  { datastoreId, jobId }: ImportJobId,
): Promise<{ taskToken?: string; outcome?: string }> {
  const { Item } = await client.send(
    new GetItemCommand({
      TableName: tableName,
      Key: { [WATCH_ITEM.partitionKey]: { S: datastoreId }, [WATCH_ITEM.sortKey]: { S: jobId } },
      ConsistentRead: true,
    }),
  );
  const taskToken = Item?.[WATCH_ITEM.taskToken]?.S;
  const outcome = Item?.[WATCH_ITEM.outcome]?.S;
  return { ...(taskToken && { taskToken }), ...(outcome && { outcome }) };
}
