import * as z from 'zod';
import {
  CLOUDTRAIL_CALL,
  ERRORS,
  HEALTH_IMAGING_EVENTS,
  type ImportJobId,
  JOB_STATUSES,
  type JobStatus,
  VERDICTS,
  type WatchRequest,
} from './contract.ts';

/** The patterns of HealthImaging's API (healthimaging reference, section 1.2). */
const datastoreIdSchema = z.string().regex(/^[0-9a-z]{32}$/, 'expected 32 characters of 0-9 and a-z');
const jobIdSchema = z.string().regex(/^[0-9a-z]{1,32}$/, 'expected 1 to 32 characters of 0-9 and a-z');

// Strict: an input with anything else in it was made by somebody who expects something else of the watch.
const watchRequestSchema = z.strictObject({
  watch: z.strictObject({
    datastoreId: datastoreIdSchema,
    jobId: jobIdSchema,
    check: z
      .object({
        verdict: z.enum(VERDICTS),
        jobStatus: z.enum([...JOB_STATUSES, 'NOT_FOUND']),
        waitSeconds: z.number(),
        notFoundSince: z.number().optional(),
        known: z.boolean().optional(),
        checks: z.number().optional(),
      })
      .optional(),
    news: z.object({ jobStatus: z.string().optional(), Error: z.string().optional() }).optional(),
  }),
  watchStartedAt: z.iso.datetime({ offset: true }),
  executionArn: z.string().regex(/^arn:[\w-]+:states:/, 'expected the ARN of an execution'),
});

/** The execution input is not what a watch takes. No retry helps. */
export class InvalidWatchInputError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = ERRORS.invalidWatchInput;
  }
}

/**
 * Parses what the state machine passes to its functions.
 * @throws InvalidWatchInputError that names the member; it does not repeat the value, which may be anything.
 */
export function parseWatchRequest(event: unknown): WatchRequest {
  const parsed = watchRequestSchema.safeParse(event);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new InvalidWatchInputError(
      `the execution input must be exactly { "datastoreId", "jobId" }: ${problems.join('; ')}`,
    );
  }
  return parsed.data as WatchRequest;
}

const importJobIdSchema = z.strictObject({ datastoreId: datastoreIdSchema, jobId: jobIdSchema });

/** The import job that an execution input names, or undefined where it names none. */
export function parseExecutionInput(text: string | undefined): ImportJobId | undefined {
  try {
    return importJobIdSchema.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}

const jobSchema = z.object({
  datastoreId: datastoreIdSchema,
  jobId: jobIdSchema,
  jobStatus: z.enum(JOB_STATUSES),
});
const importEventSchema = z.discriminatedUnion('detail-type', [
  z
    .object({ 'detail-type': z.enum(HEALTH_IMAGING_EVENTS.detailTypes), detail: jobSchema })
    .transform(({ detail }) => detail),
  // The shape is CloudTrail's convention; HealthImaging documents none for this call (reference, section 5).
  z
    .object({
      'detail-type': z.literal(CLOUDTRAIL_CALL.detailType),
      detail: z.object({ responseElements: jobSchema.omit({ jobStatus: true }) }),
    })
    .transform(({ detail }) => ({ ...detail.responseElements, jobStatus: 'SUBMITTED' as const })),
]);

/** The job that an event tells of. @throws ZodError that names the member that is wrong. */
export function parseImportEvent(event: unknown): ImportJobId & { readonly jobStatus: JobStatus } {
  return importEventSchema.parse(event);
}
