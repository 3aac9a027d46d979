// The small form: schemas with methods cost each bundle 50 KB more.
import * as z from 'zod/mini';
import {
  ERRORS,
  HEALTH_IMAGING_EVENTS,
  type HintedStatus,
  type ImportJobId,
  JOB_STATUSES,
  NEXT_STEPS,
  type SweepRequest,
  WATCH_FAILURES,
  type WatchRequest,
} from '../contract/names.ts';
import { DATASTORE_ID, JOB_ID, type TextRule } from '../contract/patterns.ts';
import { hintedStatus } from './watch/import-job.ts';

/** Members that people and AWS pass in places where they do not belong. The names of others are not repeated: they may be anything. */
const KNOWN_MEMBERS: readonly string[] = [
  ...['jobName', 'jobStatus', 'dataAccessRoleArn', 'inputS3Uri', 'outputS3Uri', 'clientToken'],
  ...['importConfiguration', 'inputOwnerAccountId', 'check', 'news', 'watch', 'datastoreId', 'jobId'],
  ...['version', 'id', 'detail-type', 'source', 'account', 'time', 'region', 'resources', 'detail'],
];

function unrecognized(keys: readonly string[]): string {
  const names = keys.map((key) => (KNOWN_MEMBERS.includes(key) ? `"${key}"` : '"#"'));
  return `Unrecognized key${keys.length === 1 ? '' : 's'}: ${names.join(', ')}`;
}

/**
 * The small form has no messages of its own; those of its locale repeat the names of unknown members, and take room in each
 * bundle.
 */
const messages = {
  error(issue: z.core.$ZodRawIssue): string | undefined {
    switch (issue.code) {
      case 'unrecognized_keys':
        return unrecognized(issue.keys);
      case 'invalid_type':
        return `Invalid input: expected ${issue.expected}, received ${typeOf(issue.input)}`;
      case 'invalid_value':
        return `Invalid option: expected ${issue.values.map((value) => JSON.stringify(value)).join('|')}`;
      case 'invalid_format':
        return `Invalid ISO ${issue.format}`;
      default:
        return undefined;
    }
  },
};

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

const matching = ({ pattern, allowed }: TextRule) =>
  z.string().check(z.regex(pattern, `expected ${allowed}`));
const datastoreIdSchema = matching(DATASTORE_ID);
const jobIdSchema = matching(JOB_ID);

/** What Step Functions itself adds, such as who started a nested execution (`associateWithParent` of CDK's task). */
const RESERVED = /^AWS_STEP_FUNCTIONS_/;

// Strict: an input with anything else in it was made by somebody who expects something else of the watch.
const executionInputSchema = z.pipe(
  z.transform(withoutReserved),
  z.strictObject({ datastoreId: datastoreIdSchema, jobId: jobIdSchema }),
);

function withoutReserved(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  return Object.fromEntries(Object.entries(input).filter(([name]) => !RESERVED.test(name)));
}

// Not strict: after a rollback, watches go on that began on a newer definition, which may pass more (docs/upgrading.md).
const watchRequestSchema = z.object({
  watch: z.object({
    datastoreId: datastoreIdSchema,
    jobId: jobIdSchema,
    check: z.optional(z.unknown()),
    news: z.optional(z.unknown()),
  }),
  watchStartedAt: z.iso.datetime({ offset: true }),
  executionArn: z.string().check(z.regex(/^arn:[\w-]+:states:/, 'expected the ARN of an execution')),
});

const CHECK_MEMBERS = {
  next: z.enum(NEXT_STEPS),
  jobStatus: z.enum([...JOB_STATUSES, 'NOT_FOUND']),
  notFoundSince: z.number(),
  known: z.boolean(),
  later: z.boolean(),
  checks: z.number(),
};

const NEWS_MEMBERS = { jobStatus: z.string(), Error: z.string() };

type Readable<Members> = { [Name in keyof Members]?: z.output<Members[Name]> };

/** What is left in the state may be of a newer version: what this one cannot read of it counts as absent. */
function readable<Members extends Record<string, z.ZodMiniType>>(
  left: unknown,
  members: Members,
): Readable<Members> | undefined {
  if (typeof left !== 'object' || left === null) return undefined;
  const read = Object.entries(members).map(([name, schema]) => [
    name,
    schema.safeParse((left as Record<string, unknown>)[name]).data,
  ]);
  return Object.fromEntries(read);
}

/** What is wrong, member by member. Values are not repeated: they may be anything. */
function problemsOf({ issues }: z.core.$ZodError): string {
  return issues
    .map(({ path, message }) => [...(path.length > 0 ? [path.join('.')] : []), message].join(': '))
    .join('; ');
}

/** The execution input is not what a watch takes. No retry helps. */
export class InvalidWatchInputError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = ERRORS.invalidWatchInput;
  }
}

/** The definition passes what this version cannot read. A retry passes the same, and so does a redrive. */
export class UnreadablePayloadError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = ERRORS.unreadablePayload;
  }
}

/**
 * Parses what the state machine passes to its functions. The execution input is looked at before the first check only: a
 * watch that had one goes on.
 * @throws InvalidWatchInputError or UnreadablePayloadError that names the member; it does not repeat the value.
 */
export function parseWatchRequest(event: unknown): WatchRequest {
  const parsed = watchRequestSchema.safeParse(event, messages);
  const check = readable(parsed.data?.watch.check, CHECK_MEMBERS);
  const { executionInput } = (event ?? {}) as { executionInput?: unknown };
  const input = z.optional(executionInputSchema).safeParse(executionInput, messages);
  if (!check && !input.success) {
    throw new InvalidWatchInputError(
      `the execution input must be exactly { "datastoreId", "jobId" }: ${problemsOf(input.error)}`,
    );
  }
  if (!parsed.success) {
    throw new UnreadablePayloadError(
      `this version cannot read what the definition passes: ${problemsOf(parsed.error)}`,
    );
  }
  const { watch, ...request } = parsed.data;
  return { ...request, watch: { ...watch, check, news: readable(watch.news, NEWS_MEMBERS) } };
}

/** The import job that an execution input names, or undefined where it names none. */
export function parseExecutionInput(text: string | undefined): ImportJobId | undefined {
  try {
    return executionInputSchema.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}

/** The event is not one that this function handles. */
export class InvalidEventError extends Error {
  override readonly name = 'InvalidEvent';
}

function parseEvent<Schema extends z.ZodMiniType>(schema: Schema, event: unknown): z.output<Schema> {
  const parsed = schema.safeParse(event, messages);
  if (!parsed.success) {
    throw new InvalidEventError(`not an event that this function takes: ${problemsOf(parsed.error)}`);
  }
  return parsed.data;
}

const importEventSchema = z.object({
  'detail-type': z.enum(HEALTH_IMAGING_EVENTS.detailTypes),
  detail: z.object({ datastoreId: datastoreIdSchema, jobId: jobIdSchema, jobStatus: z.string() }),
});

/** The job of an event, whatever its status. @throws InvalidEventError that names the member that is wrong. */
export function parseImportEvent(event: unknown): ImportJobId & { readonly jobStatus: HintedStatus } {
  const { jobStatus, ...job } = parseEvent(importEventSchema, event).detail;
  return { ...job, jobStatus: hintedStatus(jobStatus) };
}

const statusEventSchema = z.object({
  'detail-type': z.literal(WATCH_FAILURES.detailType),
  detail: z.object({ executionArn: z.string() }),
});

/** The ARN of the execution that an event tells the end of. @throws InvalidEventError that names the member that is wrong. */
export function parseStatusEvent(event: unknown): string {
  return parseEvent(statusEventSchema, event).detail.executionArn;
}

const sweepEventSchema = z.union(
  [
    z.object({ 'detail-type': z.literal('Scheduled Event'), source: z.literal('aws.events') }),
    // `{}` is what `aws lambda invoke` sends without a payload: somebody sweeps by hand (docs/runbook.md).
    z.strictObject({
      only: z.optional(z.literal('running')),
      datastoreIds: z.optional(z.array(datastoreIdSchema).check(z.minLength(1))),
    }),
  ],
  'expected a scheduled event of EventBridge, { "only": "running" } or {}, both with "datastoreIds" or without',
);

/**
 * What a sweep is asked for: EventBridge's own scheduled event asks for all there is, and so does `{}`.
 * @throws InvalidEventError for anything else: a sweep of less than was meant would go unnoticed.
 */
export function parseSweepEvent(event: unknown): SweepRequest {
  const parsed = parseEvent(sweepEventSchema, event);
  if ('source' in parsed) return {};
  const { only, datastoreIds } = parsed;
  return { ...(only && { only }), ...(datastoreIds && { datastoreIds }) };
}
