/**
 * The function of a queue of events: writes an item for each finished import, and one for each of its image sets. The key is the
 * data store and the job (`job`), and `import` or the id of the image set (`item`). A message may come twice, or late.
 */
import {
  type AttributeValue,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type ImportFinishedData, parseDicomImportEvent } from 'dicom-import-watcher/events';

const TableName = process.env.TABLE ?? '';
/** As many as one call may write. */
const BATCH = 25;
const dynamoDB = new DynamoDBClient();

interface Batch {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

export async function handler({ Records }: Batch) {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of Records) {
    try {
      const event = parseDicomImportEvent(JSON.parse(body));
      if (event.detail.metadata.test) continue; // a drill
      if (event['detail-type'] === 'DICOM Import Finished') await write(event.detail.data);
    } catch (error) {
      // The queue gives it again. Its text stays out of the log: it may be a part of the message.
      console.error(messageId, (error as Error).name);
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
}

async function write(data: ImportFinishedData): Promise<void> {
  const job = { S: `${data.datastoreId}/${data.jobId}` };
  const { imageSets, omitted } = data;
  // The image sets first: who finds the import finds all of them.
  await writeAll(
    (imageSets?.items ?? []).map(({ imageSetId, version, isPrimary, instances }) => ({
      job,
      item: { S: imageSetId },
      ...numbers({ version, instances }),
      ...(isPrimary !== undefined && { isPrimary: { BOOL: isPrimary } }),
    })),
  );
  const { generated, nonPrimary, created, changed } = imageSets ?? {};
  const Item = {
    job,
    item: { S: 'import' },
    outcome: { S: data.outcome },
    ...(data.supersedes && { supersedes: { S: data.supersedes } }),
    // `imageSetsOmitted` of them are in the manifests only.
    ...numbers({ generated, nonPrimary, created, changed, imageSetsOmitted: omitted?.imageSets }),
  };
  // A verdict that supersedes ABANDONED holds, also where ABANDONED comes again after it.
  const ConditionExpression = data.supersedes ? undefined : 'attribute_not_exists(supersedes)';
  try {
    await dynamoDB.send(new PutItemCommand({ TableName, Item, ConditionExpression }));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

type Item = Record<string, AttributeValue>;

async function writeAll(items: readonly Item[]): Promise<void> {
  for (let from = 0; from < items.length; from += BATCH) {
    const requests = items.slice(from, from + BATCH).map((Item) => ({ PutRequest: { Item } }));
    const { UnprocessedItems } = await dynamoDB.send(
      new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }),
    );
    // To write an item twice does no harm, so the whole message comes again.
    if (UnprocessedItems?.[TableName]) throw new Error('DynamoDB did not take all items');
  }
}

/** Those that are known. */
function numbers(values: Readonly<Record<string, number | undefined>>): Item {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, { N: String(value) }]],
    ),
  );
}
