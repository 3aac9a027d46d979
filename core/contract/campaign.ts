/**
 * What `report` says of a campaign, all the import jobs below one output prefix: the one source of its type and of
 * `docs/schemas/campaign-report.schema.json`. Versions: docs/command-line.md.
 */
import * as z from 'zod';
import { fileCountsSchema, imageSetCountsSchema, jobShape, warningCountSchema } from './events.ts';
import { OUTCOMES, type Outcome, UNVERIFIED_REASONS } from './names.ts';

/** Another first number means that a member was removed, or means something else. */
export const CAMPAIGN_SCHEMA_VERSION = '1';

const count = z.int().nonnegative();
const seconds = z.number().nonnegative();
const time = z.iso.datetime();

const jobIdSchema = z.object(jobShape);

const example = jobIdSchema.describe('One of these jobs.');

const worstJobSchema = jobIdSchema.extend({
  outcome: z.enum(OUTCOMES),
  summary: z.string().describe('One sentence of plain English.'),
  endedAt: time.exactOptional(),
  files: fileCountsSchema.exactOptional().describe('Absent if no manifest could be read.'),
});

const reasonSchema = z.object({
  exceptionType: z.string().describe('As HealthImaging names it.'),
  message: z
    .string()
    .describe('With digits, UIDs, paths and quoted values masked as `#`; at most 200 characters.'),
  count: count.describe('Files that were refused for this reason.'),
  share: z.number().min(0).max(1).describe('Of all refused files.'),
  jobs: count.describe('Jobs that refused a file for this reason.'),
  retryable: z
    .boolean()
    .describe('HealthImaging failed or was busy: the same files may be imported again without a change.'),
  exampleJob: example,
});

const periodSchema = z.object({
  startsAt: time,
  jobs: count.describe('Jobs that ended in this period.'),
  imported: count.describe('Files that these jobs imported.'),
  rejected: count.describe('Files that these jobs refused.'),
});

const progressSchema = z.object({
  ended: count.describe('Jobs that have ended, or input prefixes that such a job has read.'),
  expected: count.describe('All that there will be.'),
  running: count.exactOptional().describe('Jobs of the data store that still run.'),
  percent: z.number().min(0).max(100),
  secondsLeft: z
    .object({
      median: seconds.describe('At the median rate of the last hour.'),
      least: seconds.describe('At the highest rate of the last hour.'),
      most: seconds.exactOptional().describe('At the lowest rate. Absent if jobs paused in the last hour.'),
    })
    .exactOptional()
    .describe('Absent if too few jobs ended in the last hour to tell.'),
});

export const reconciliationSchema = z.object({
  outcome: z
    .enum(['ACCOUNTED', 'NOT_ALL_IMPORTED', 'NOT_ACCOUNTED'])
    .describe(
      '`ACCOUNTED`: every object was imported, and no warning reports lost pixel data. `NOT_ACCOUNTED`: a job has not read an object, or what a manifest names is in no list.',
    ),
  summary: z.string().describe('One sentence of plain English.'),
  prefixes: count.describe('Input prefixes that were listed.'),
  listed: count.describe('Objects below them, without the markers of folders.'),
  imported: count.describe('Listed objects whose last job imported them, with or without a warning.'),
  importedWithWarning: count.describe('Part of `imported`.'),
  lostPixels: count.describe('Part of `imported`: a warning says that pixel data cannot be retrieved.'),
  refused: count.describe('Listed objects whose last job refused them.'),
  unaccounted: count.describe('Listed objects that no manifest names.'),
  notListed: count.describe('Files that a manifest names and no list has.'),
});

export const campaignReportSchema = z.object({
  schemaVersion: z.literal(CAMPAIGN_SCHEMA_VERSION),
  generatedAt: time,
  location: z.string().exactOptional().describe('The prefix or the folder. Absent if the table was read.'),
  outcome: z.enum(OUTCOMES).describe('The worst outcome of a job.'),
  summary: z.string().describe('One sentence of plain English.'),
  jobs: z.object({
    total: count,
    byOutcome: z.object(
      Object.fromEntries(OUTCOMES.map((each) => [each, count])) as Record<Outcome, typeof count>,
    ),
    contradictory: count
      .exactOptional()
      .describe('Jobs whose manifest contradicts itself. Absent if the table was read.'),
    repeated: count
      .exactOptional()
      .describe('Further folders of a job that was read already, which are not counted.'),
  }),
  files: fileCountsSchema.describe('Sums over the jobs: a file that two jobs read counts twice.'),
  imageSets: imageSetCountsSchema.describe(
    'Sums over the jobs: an image set that two jobs changed counts twice.',
  ),
  failures: z
    .array(reasonSchema)
    .exactOptional()
    .describe('Most frequent first. Absent if the table was read.'),
  unexplained: count
    .exactOptional()
    .describe('Refused files that no line of a manifest names. Absent if the table was read.'),
  warnings: z
    .array(warningCountSchema.extend({ jobs: count, exampleJob: example }))
    .exactOptional()
    .describe('Most frequent first. Absent if the table was read.'),
  worstJobs: z
    .array(worstJobSchema)
    .describe('By outcome, then by files that were not imported; at most 20.'),
  unverified: z
    .array(jobIdSchema.extend({ reason: z.enum(UNVERIFIED_REASONS).exactOptional() }))
    .describe('Every job whose manifest is missing or proves nothing, whatever its outcome; at most 10,000.'),
  time: z
    .object({
      startedAt: time.describe('When the first job was submitted, or ended if that is not known.'),
      endedAt: time.describe('When the last job ended: without a data store, when its manifest was written.'),
      durationSeconds: seconds,
      periodSeconds: count.describe('Length of each period.'),
      periods: z
        .array(periodSchema)
        .describe('Those in which a job ended, at most 400, the first one first.'),
    })
    .exactOptional()
    .describe('Absent without jobs.'),
  progress: progressSchema.exactOptional().describe('Only if it is known how many jobs there will be.'),
  reconciliation: reconciliationSchema.exactOptional().describe('Only with `--reconcile`.'),
  failedFiles: z
    .array(
      jobIdSchema.extend({
        file: z.string().describe('S3 key without the bucket.'),
        exceptionType: z.string(),
        message: z.string(),
        retryable: z.boolean(),
        supersededBy: z.string().exactOptional().describe('Id of the last job that read the same key later.'),
      }),
    )
    .exactOptional()
    .describe('Only with `--failures`: as HealthImaging wrote them, in the order of their keys.'),
  unreadFiles: z
    .array(z.string())
    .exactOptional()
    .describe('S3 URIs of what `reconciliation.unaccounted` counts. Only with `--failures`.'),
  unlistedFiles: z
    .array(z.string())
    .exactOptional()
    .describe(
      'S3 URIs, or keys without a known bucket, of what `reconciliation.notListed` counts. Only with `--failures`.',
    ),
});

export type CampaignReport = z.infer<typeof campaignReportSchema>;
export type CampaignProgress = z.infer<typeof progressSchema>;
export type Reconciliation = z.infer<typeof reconciliationSchema>;
export type CampaignJobId = z.infer<typeof jobIdSchema>;

/** The report as JSON Schema (draft 2020-12). What a later version adds is valid. */
export function campaignJsonSchema(): object {
  return z.toJSONSchema(campaignReportSchema, { io: 'input' });
}
