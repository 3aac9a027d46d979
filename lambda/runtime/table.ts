import { dynamoDB } from '../../core/aws/table-client.ts';
import type { Table } from '../../core/aws/watches.ts';
import { ENV } from '../../core/contract/names.ts';
import { requireEnv } from './env.ts';

/**
 * The table of watches, and what handlers do with it. Handlers whose invocations mostly do without import this when they need
 * it: it brings the client of DynamoDB.
 */
export { noteUnsettled } from '../../core/aws/sweep-items.ts';
export { findWatch, letExpire } from '../../core/aws/watches.ts';
export { holdForDigests } from './people.ts';

const client = dynamoDB();

/** Environment: `WATCHES_TABLE`. */
export function watchesTable(): Table {
  return { client, name: requireEnv(ENV.watchesTable) };
}
