import * as z from 'zod';
import type { WatchRecord } from '../../core/aws/watches.ts';
import { fileCountsSchema, imageSetCountsSchema } from '../../core/contract/events.ts';
import { type ImportJobId, OUTCOMES, UNVERIFIED_REASONS } from '../../core/contract/names.ts';
import { finishedId } from '../../core/domain/watch/told.ts';

const verdictSchema = z.object({
  outcome: z.enum(OUTCOMES),
  unverifiedReason: z.enum(UNVERIFIED_REASONS).exactOptional(),
  summary: z.string(),
  eventId: z.string(),
  submittedAt: z.iso.datetime().exactOptional(),
  endedAt: z.iso.datetime().exactOptional(),
  files: fileCountsSchema.exactOptional(),
  imageSets: imageSetCountsSchema.exactOptional(),
});

/** What the table knows of the verdict on a job: what the watch put out. */
export type RecordedVerdict = z.infer<typeof verdictSchema>;

/** The verdict that holds, or undefined where the table has its outcome at most: an earlier version recorded it, or a sweep that only found a watch that repeats it. */
export function recordedVerdict(job: ImportJobId, record: WatchRecord): RecordedVerdict | undefined {
  if (record.verdict === undefined) return undefined;
  const { success, data } = verdictSchema.safeParse(JSON.parse(record.verdict));
  return success && data.eventId === finishedId(job, record.laterOutcome !== undefined) ? data : undefined;
}
