import * as z from 'zod';
import { EVENT_SCHEMAS } from '../../core/contract/events.ts';
import { PUBLISHED } from '../../core/contract/names.ts';

// What `--json` prints. Strict: a member that docs/command-line.md does not know fails.

const data = EVENT_SCHEMAS[PUBLISHED.importFinished].shape.detail.shape.data;
const time = z.iso.datetime();

/** Of `wait`, and of `report` for a job: the data of the event, but for the execution. */
export const importRecordSchema = z.strictObject(data.omit({ executionArn: true }).shape);

/** Of `wait` where the time was over first. */
export const timedOutSchema = z.strictObject({
  timedOut: z.literal(true),
  datastoreId: z.string(),
  jobId: z.string(),
  jobStatus: z.string().optional(),
  submittedAt: time.optional(),
});

/** Of `report`, with manifests alone and with `--failures`, too. */
export const reportSchema = importRecordSchema
  .partial({ jobStatus: true, datastoreId: true, jobId: true })
  .extend({
    failedFiles: z
      .array(z.strictObject({ file: z.string(), exceptionType: z.string(), message: z.string() }))
      .optional(),
  });

/** Of `start`. */
export const startedSchema = z.strictObject({
  datastoreId: z.string(),
  jobId: z.string(),
  jobStatus: z.string(),
  submittedAt: time,
});

/** Of `plan`. */
export const planSchema = z.strictObject({
  pollIntervalSeconds: z.number(),
  longestPollIntervalSeconds: z.number(),
  sweep: z.boolean(),
  overdueAfterSeconds: z.number(),
  giveUpAfterSeconds: z.number(),
  jobs: z.array(
    z.strictObject({
      lengthSeconds: z.number(),
      checks: z.int(),
      longestLagSeconds: z.number(),
      stateTransitions: z.int(),
      dollarsPer1000Jobs: z.number(),
    }),
  ),
});

/** Of `simulate`. */
export const servedSchema = z.strictObject({
  endpoint: z.url(),
  s3Endpoint: z.url(),
  environment: z.record(z.string(), z.string()),
});

/** Of `drill`. */
export const drillSchema = z.strictObject({
  drillId: z.string(),
  topicArn: z.string(),
  messages: z.array(
    z.strictObject({
      messageId: z.string().nullable(),
      attributes: z.record(z.string(), z.array(z.string())),
      error: z.string().nullable(),
    }),
  ),
  subscriptions: z.array(
    z.strictObject({
      address: z.string(),
      protocol: z.string(),
      state: z.enum(['confirmed', 'pending', 'deleted']),
      emails: z.int(),
      why: z.string().nullable(),
    }),
  ),
  otherSubscriptions: z.int(),
  systems: z
    .strictObject({
      busName: z.string(),
      eventId: z.string(),
      rules: z.array(z.strictObject({ name: z.string(), targets: z.array(z.string()) })),
    })
    .nullable(),
});
