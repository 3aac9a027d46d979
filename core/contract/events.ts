/**
 * What the watcher publishes to EventBridge: the one source of the types, of the JSON Schemas in `docs/schemas` and in
 * the schema registry, and of the parser for consumers. Versions: docs/event-contract.md.
 */
import * as z from 'zod';
import {
  JOB_STATUSES,
  NOTICE_OUTCOMES,
  OUTCOMES,
  PUBLISHED,
  UNVERIFIED_REASONS,
  VERDICT_PUBLISHED,
  WATCH_FAILURES,
} from './names.ts';

const count = z.int().nonnegative();
const seconds = z.number().nonnegative();
const time = z.iso.datetime();

/** What names an import job. */
export const jobShape = {
  datastoreId: z.string().describe('Id of the data store.'),
  jobId: z.string().describe('Id of the import job; unique only together with `datastoreId`.'),
};

const factsShape = {
  ...jobShape,
  jobStatus: z
    .enum([...JOB_STATUSES, 'NOT_FOUND'])
    .describe(
      'The status of the job in HealthImaging, or `NOT_FOUND` if HealthImaging does not know it. Not the verdict: see `outcome`.',
    ),
  jobName: z.string().exactOptional().describe('Chosen by the caller who started the job.'),
  message: z
    .string()
    .exactOptional()
    .describe('The message of HealthImaging about a failure; at most 2,048 characters.'),
  dataAccessRoleArn: z
    .string()
    .exactOptional()
    .describe('The role with which HealthImaging reads and writes S3.'),
  inputS3Uri: z.string().exactOptional().describe('The prefix that the job read.'),
  outputS3Uri: z.string().exactOptional().describe('The place where the job wrote its manifests.'),
  importConfiguration: z
    .record(z.string(), z.record(z.string(), z.union([count, z.array(z.record(z.string(), z.string()))])))
    .exactOptional()
    .describe(
      'For each member, the length of each of its lists, as `<list>Count`; also the first entries if the owner discloses identifiers in events.',
    ),
  submittedAt: time.exactOptional().describe('When the job was submitted.'),
  endedAt: time.exactOptional().describe('When the job ended.'),
};

const executionArn = z.string().describe('The Step Functions execution that watched the job.');
const summary = z.string().describe('One sentence of plain English.');

const failureReasonSchema = z.object({
  exceptionType: z.string().describe('As HealthImaging names it.'),
  message: z
    .string()
    .describe('With digits, UIDs, paths and quoted values masked as `#`; at most 200 characters.'),
  count: count.describe('Files that were refused for this reason.'),
  retryable: z
    .boolean()
    .exactOptional()
    .describe('HealthImaging failed or was busy: the same files may be imported again without a change.'),
  sampleFiles: z
    .array(z.string())
    .exactOptional()
    .describe('S3 keys of up to 3 of the files; only if the owner discloses identifiers in events.'),
});

export const warningCountSchema = z.object({
  code: z
    .int()
    .describe(
      '`warning_reason_code` of HealthImaging; -1 if a warning has none, and for unknown codes after the first 1,000.',
    ),
  name: z.string().describe('The documented name of the code, or `UNKNOWN`.'),
  nameIsCertain: z
    .boolean()
    .describe('False for codes that AWS documents inconsistently, and for codes that it does not document.'),
  clinicallyImportant: z
    .boolean()
    .describe('Pixel data cannot be retrieved, although the file counts as imported.'),
  count: count.describe('Warnings with this code.'),
});

export const fileCountsSchema = z.object({
  scanned: count,
  imported: count,
  rejected: count,
  rejectedByCustomerError: count,
  rejectedByServerError: count,
  unaccounted: count.describe('Scanned, but neither imported nor rejected.'),
  withWarnings: count,
});

export const imageSetCountsSchema = z.object({
  generated: count,
  nonPrimary: count.describe('They conflict with an image set that was there before.'),
  created: count
    .exactOptional()
    .describe('New image sets, which have version 1. Absent if the manifest has no versions.'),
  changed: count
    .exactOptional()
    .describe(
      'Image sets with a higher version: the job added or replaced instances in an existing image set.',
    ),
  overwritten: count
    .exactOptional()
    .describe(
      'Imported files whose SOP instance was replaced by another file of the job. Absent if there are none.',
    ),
});

const imageSetSchema = z.object({
  imageSetId: z.string(),
  version: count.exactOptional().describe('1 for a new image set. Absent if the manifest has no versions.'),
  isPrimary: z.boolean().exactOptional().describe('Absent if the manifest does not say.'),
  instances: count
    .exactOptional()
    .describe('SOP instances that the job put into it. Absent if the manifest does not say.'),
});
const imageSetsSchema = imageSetCountsSchema.extend({
  items: z
    .array(imageSetSchema)
    .exactOptional()
    .describe(
      'Image sets that are not primary come first. The list has as many as fit; `omitted.imageSets` counts the others.',
    ),
});

const importFinishedSchema = z.object({
  outcome: z.enum(OUTCOMES).describe('The verdict.'),
  summary,
  supersedes: z
    .string()
    .exactOptional()
    .describe(
      '`metadata.id` of the verdict `ABANDONED` that was published before: the job ended after it was given up. This verdict replaces that one.',
    ),
  ...factsShape,
  executionArn,
  durationSeconds: seconds.exactOptional().describe('From `submittedAt` to `endedAt`.'),
  unverifiedReason: z.enum(UNVERIFIED_REASONS).exactOptional().describe('The reason for `UNVERIFIED`.'),
  files: fileCountsSchema.exactOptional().describe('Absent if no manifest could be read.'),
  imageSets: imageSetsSchema.exactOptional().describe('Absent if no manifest could be read.'),
  retryable: z
    .boolean()
    .exactOptional()
    .describe(
      'Whether some of the refused files may be imported again without a change. Absent if no file was refused.',
    ),
  failures: z.array(failureReasonSchema).exactOptional().describe('Most frequent first, at most 50.'),
  warnings: z.array(warningCountSchema).exactOptional().describe('Most frequent first, at most 50.'),
  omitted: z
    .object({
      failures: count.describe('Reasons that `failures` leaves out.'),
      warnings: count.describe('Codes that `warnings` leaves out.'),
      imageSets: count
        .exactOptional()
        .describe(
          'Image sets that `imageSets.items` leaves out; `manifests.job` and `manifests.success` name them.',
        ),
    })
    .exactOptional()
    .describe('What was left out. The files in `manifests` have everything.'),
  discrepancies: z.array(z.string()).exactOptional().describe('Contradictions in the manifests.'),
  manifests: z
    .object({ job: z.string(), success: z.string(), failure: z.string(), warning: z.string() })
    .exactOptional()
    .describe('S3 URIs of the files that HealthImaging wrote.'),
});

const importOverdueSchema = z.object({
  outcome: z.literal(NOTICE_OUTCOMES.overdue).describe('No verdict yet: the watch continues.'),
  summary,
  ...factsShape,
  executionArn,
  runningSeconds: seconds.describe('The age of the job.'),
  overdueAfterSeconds: seconds.describe('The age from which a job is overdue.'),
});

// No text of AWS is in it: that can hold the state's input.
const watchFailedSchema = z.object({
  outcome: z
    .literal(NOTICE_OUTCOMES.watchFailed)
    .describe('Not a verdict. `verdictPublished` says whether there was one before.'),
  summary,
  remedy: z.string().describe('What to do, in plain English.'),
  datastoreId: jobShape.datastoreId
    .exactOptional()
    .describe('Absent if the execution input names no import job.'),
  jobId: jobShape.jobId.exactOptional().describe('Absent if the execution input names no import job.'),
  executionArn,
  executionName: z
    .string()
    .describe('`<datastoreId>-<jobId>`; another watch of the same job has a number at the end.'),
  executionStatus: z.enum(WATCH_FAILURES.statuses).describe('How the execution ended.'),
  failedStep: z.string().exactOptional().describe('Name of the state in which the execution ended.'),
  error: z.string().exactOptional().describe('Name of the error, as `ErrorEquals` sees it.'),
  verdictPublished: z
    .enum(VERDICT_PUBLISHED)
    .exactOptional()
    .describe(
      'Whether this watch had put `DICOM Import Finished` on the bus before it failed; another watch of the job may have done so. `unknown`: it failed while it did so, or in a step that this version does not know.',
    ),
  redriveCount: count.describe('How often the execution had been redriven.'),
  startedAt: time.exactOptional().describe('When the execution started.'),
  stoppedAt: time.exactOptional().describe('When the execution ended.'),
});

const detailOf = <Data extends z.ZodObject>(data: Data) =>
  z.object({
    metadata: z.object({
      id: z.string().describe('The same on every retry and replay: drop events whose id you have seen.'),
      schemaVersion: z.literal(PUBLISHED.schemaVersion),
      publishedAt: time,
      watcher: z
        .string()
        .exactOptional()
        .describe(
          'Name of the watcher that published the event. Filter on it if several watchers share a bus. Earlier versions do not have it.',
        ),
      test: z
        .boolean()
        .exactOptional()
        .describe('True for a drill: nothing was imported, and there is no such job. Ignore the event.'),
    }),
    data,
  });

const eventOf = <Type extends string, Data extends z.ZodObject>(detailType: Type, data: Data) =>
  z.object({
    version: z.string(),
    id: z
      .string()
      .describe('The id of EventBridge, which differs for each delivery. `detail.metadata.id` is stable.'),
    'detail-type': z.literal(detailType),
    source: z.literal(PUBLISHED.source),
    account: z.string(),
    time: time,
    region: z.string(),
    resources: z.array(z.string()),
    detail: detailOf(data),
  });

/** The schema of each event, by detail-type. */
export const EVENT_SCHEMAS = {
  [PUBLISHED.importFinished]: eventOf(PUBLISHED.importFinished, importFinishedSchema),
  [PUBLISHED.importOverdue]: eventOf(PUBLISHED.importOverdue, importOverdueSchema),
  [PUBLISHED.watchFailed]: eventOf(PUBLISHED.watchFailed, watchFailedSchema),
} as const;

// For consumers: Standard Schemas of whole events, and of their details, which is what Powertools' `EventBridgeEnvelope` parses.
export const importFinishedEventSchema = EVENT_SCHEMAS[PUBLISHED.importFinished];
export const importOverdueEventSchema = EVENT_SCHEMAS[PUBLISHED.importOverdue];
export const watchFailedEventSchema = EVENT_SCHEMAS[PUBLISHED.watchFailed];
export const importFinishedDetailSchema = importFinishedEventSchema.shape.detail;
export const importOverdueDetailSchema = importOverdueEventSchema.shape.detail;
export const watchFailedDetailSchema = watchFailedEventSchema.shape.detail;

/** Any event of the watcher. */
export const dicomImportEventSchema = z.discriminatedUnion('detail-type', [
  importFinishedEventSchema,
  importOverdueEventSchema,
  watchFailedEventSchema,
]);

/** A group of refused files. */
export type FailureReason = z.infer<typeof failureReasonSchema>;
/** A group of warnings. */
export type WarningCount = z.infer<typeof warningCountSchema>;
export type FileCounts = z.infer<typeof fileCountsSchema>;
export type ImageSetCounts = z.infer<typeof imageSetCountsSchema>;
/** An image set that an import created or changed. */
export type ImportedImageSet = z.infer<typeof imageSetSchema>;
/** `detail.data` of `DICOM Import Finished`. Times are ISO 8601 UTC, counts integers, durations seconds. */
export type ImportFinishedData = z.infer<typeof importFinishedSchema>;
/** `detail.data` of `DICOM Import Overdue`. Times are ISO 8601 UTC, durations seconds. */
export type ImportOverdueData = z.infer<typeof importOverdueSchema>;
/** `detail.data` of `DICOM Import Watch Failed`. Times are ISO 8601 UTC. */
export type WatchFailedData = z.infer<typeof watchFailedSchema>;
/** What HealthImaging says of an import job (`jobProperties` of `GetDICOMImportJob`). */
export type ImportJobFacts = z.infer<z.ZodObject<typeof factsShape>>;

/** `detail` of everything that the watcher publishes. */
export interface Detail<Data> {
  readonly metadata: {
    /** The same on every retry and replay: consumers drop what they have seen. */
    readonly id: string;
    readonly schemaVersion: typeof PUBLISHED.schemaVersion;
    /** ISO 8601 UTC. */
    readonly publishedAt: string;
    /** Name of the watcher that published it. */
    readonly watcher?: string;
    /** True for a drill, which consumers ignore. */
    readonly test?: boolean;
  };
  readonly data: Data;
}

/** An event of the watcher, as the target of a rule gets it; its `detail-type` tells which. */
export type DicomImportEvent = z.infer<typeof dicomImportEventSchema>;

/** Something is not an event of the watcher. */
export class InvalidDicomImportEventError extends Error {
  override readonly name = 'InvalidDicomImportEventError';
}

/**
 * Makes sure that something is an event of the watcher. Fields that this version does not know are kept.
 * @param event - what EventBridge delivered; from a queue, the parsed `body` of the message.
 * @throws InvalidDicomImportEventError that says where it is wrong and what is allowed there, and repeats no value.
 */
export function parseDicomImportEvent(event: unknown): DicomImportEvent {
  if (typeof event === 'string') {
    throw new InvalidDicomImportEventError('expected an event as an object, got text: parse its JSON first');
  }
  const parsed = dicomImportEventSchema.safeParse(event);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message, ...issue }) => {
      const allowed = path.join('.') === 'detail-type' && issue.code === 'invalid_union';
      return `${path.join('.') || 'the event'}: ${allowed ? `expected one of ${DETAIL_TYPES}` : message}`;
    });
    throw new InvalidDicomImportEventError(`not an event of dicom-import-watcher: ${problems.join('; ')}`);
  }
  // Not what was parsed: that has lost what a later version may have added.
  return event as DicomImportEvent;
}

const DETAIL_TYPES = Object.keys(EVENT_SCHEMAS)
  .map((name) => `'${name}'`)
  .join(', ');

/** Schemas as an OpenAPI document, which the EventBridge schema registry makes code bindings from. */
export function openApiDocument(detailType: keyof typeof EVENT_SCHEMAS): object {
  const { $schema: _, ...schema } = z.toJSONSchema(EVENT_SCHEMAS[detailType], {
    target: 'openapi-3.0',
    io: 'input',
  });
  return {
    openapi: '3.0.0',
    info: { title: detailType.replaceAll(' ', ''), version: PUBLISHED.schemaVersion },
    paths: {},
    components: {
      schemas: {
        // The registry's own convention for the event itself.
        AWSEvent: {
          ...schema,
          'x-amazon-events-source': PUBLISHED.source,
          'x-amazon-events-detail-type': detailType,
        },
      },
    },
  };
}

/** Schemas as JSON Schema (draft 2020-12). What a later version adds is valid. */
export function jsonSchema(detailType: keyof typeof EVENT_SCHEMAS): object {
  return z.toJSONSchema(EVENT_SCHEMAS[detailType], { io: 'input' });
}
