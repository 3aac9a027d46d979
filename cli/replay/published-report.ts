import { paginateGetExecutionHistory } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import type { WatchStateMachine } from '../../core/aws/executions.ts';
import type { ImportFinishedData } from '../../core/contract/events.ts';
import type { Notice } from '../../core/domain/notices/notice.ts';

/** As much of what `summarize-import` answers as is needed to tell it from all else; the rest is passed on as it is. */
const reportSchema = z.looseObject({
  detail: z.looseObject({
    metadata: z.looseObject({ id: z.string() }),
    data: z.looseObject({ outcome: z.string(), datastoreId: z.string() }),
  }),
  email: z.object({ subject: z.string(), body: z.string() }),
  chat: z.string(),
});

/**
 * What a watch published, from the end of its history.
 * @param eventId - of the verdict.
 * @returns undefined where the history does not hold it.
 */
export async function publishedReport(
  { client }: WatchStateMachine,
  executionArn: string,
  eventId: string,
): Promise<Notice<ImportFinishedData> | undefined> {
  const pages = paginateGetExecutionHistory(
    { client, pageSize: 100 },
    { executionArn, reverseOrder: true, includeExecutionData: true },
  );
  for await (const { events = [] } of pages) {
    for (const { lambdaFunctionSucceededEventDetails } of events) {
      const report = parse(lambdaFunctionSucceededEventDetails?.output);
      if (report?.detail.metadata.id === eventId) return report;
    }
  }
  return undefined;
}

function parse(output: string | undefined): Notice<ImportFinishedData> | undefined {
  if (output === undefined) return undefined;
  const parsed = reportSchema.safeParse(JSON.parse(output));
  return parsed.success ? (parsed.data as unknown as Notice<ImportFinishedData>) : undefined;
}
