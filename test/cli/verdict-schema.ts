import * as z from 'zod';
import { PUBLISHED } from '../../lambda/contract.ts';
import { EVENT_SCHEMAS } from '../../lambda/events.ts';

const data = EVENT_SCHEMAS[PUBLISHED.importFinished].shape.detail.shape.data;

/** What `wait --json` and `report --json` print: the data of the event, but for the execution. Nothing else. */
export const verdictSchema = z.strictObject(data.omit({ executionArn: true }).shape);

/** What is printed where the time was over first. */
export const timedOutSchema = z.strictObject({
  timedOut: z.literal(true),
  datastoreId: z.string(),
  jobId: z.string(),
  jobStatus: z.string().optional(),
  submittedAt: z.iso.datetime().optional(),
});
