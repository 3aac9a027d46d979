import * as z from 'zod';
import { ERRORS, type WatchRequest } from './contract.ts';

/** The patterns of HealthImaging's API (healthimaging reference, section 1.2). */
export const datastoreIdSchema = z.string().regex(/^[0-9a-z]{32}$/, 'expected 32 characters of 0-9 and a-z');
export const jobIdSchema = z.string().regex(/^[0-9a-z]{1,32}$/, 'expected 1 to 32 characters of 0-9 and a-z');

// Strict: an input with anything else in it was made by somebody who expects something else of the watch.
const watchRequestSchema = z.strictObject({
  watch: z.strictObject({
    datastoreId: datastoreIdSchema,
    jobId: jobIdSchema,
    check: z
      .object({
        verdict: z.enum(['running', 'finished', 'abandoned']),
        jobStatus: z.enum(['SUBMITTED', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'NOT_FOUND']),
        waitSeconds: z.number(),
      })
      .optional(),
    news: z.object({ jobStatus: z.string().optional(), Error: z.string().optional() }).optional(),
  }),
  watchStartedAt: z.iso.datetime({ offset: true }),
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
