import { Duration } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { CADENCES, EMAILS_PER_MINUTE } from '../core/contract/audiences.ts';
import { DEFAULT_GIVE_UP_AFTER_SECONDS, SCHEDULE_LIMITS } from '../core/contract/poll-schedule.ts';
import type { DicomImportWatcherStackProps, EmailSubscriber, QueueSubscriber } from '../lib/index.ts';

const REGIONS = RegionInfo.regions.map(({ name }) => name);

/** `cdk.json` holds lists and numbers; `-c name=value` holds only text: `a,b` is a list of two. */
const listOf = <Entry extends z.ZodType>(entry: Entry, what: string) =>
  z.preprocess(
    (value) =>
      typeof value === 'string'
        ? value
            .split(',')
            .map((each) => each.trim())
            .filter((each) => each !== '')
        : value,
    z.array(entry, `must be a list of ${what}`),
  );
/** A number of units, in the unit of the setting. */
const numberOf = (unit: string, from: number, to: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && value.trim() ? Number(value) : value),
    z
      .number(`must be a number of ${unit}, ${from} to ${to}`)
      .min(from, `must be ${from} to ${to}`)
      .max(to, `must be ${from} to ${to}`),
  );
const flag = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean('must be true or false'),
);
const text = z.string('must be a text');

/** Who wants to be notified of what; whether the values are right, the constructs say. */
const filterShape = {
  outcomes: z.array(z.string()).exactOptional(),
  datastoreIds: z.array(z.string()).exactOptional(),
};
const EMAILS = 'addresses, or { "address", "outcomes", "datastoreIds", "every" }';
const emails = listOf(
  z.union(
    [z.string(), z.strictObject({ address: z.string(), every: z.string().exactOptional(), ...filterShape })],
    `must be a list of ${EMAILS}`,
  ),
  EMAILS,
);
const QUEUES = 'names, or { "name", "messageGroupId", "outcomes", "datastoreIds" }';
const queues = listOf(
  z.union(
    [
      z.string(),
      z.strictObject({ name: z.string(), messageGroupId: z.string().exactOptional(), ...filterShape }),
    ],
    `must be a list of ${QUEUES}`,
  ),
  QUEUES,
);
const BUCKETS = 'names of buckets, or { "name", "prefix", "keyArn" }';
const bucketName = z
  .string()
  .refine(
    (name) => !/^(s3|arn):/.test(name),
    'must be names of buckets, without s3:// or arn:; give a prefix in cdk.json, as { "name": "my-import-output", "prefix": "imports/" }',
  );
const outputBuckets = listOf(
  z.union(
    [
      z.string(),
      z.strictObject({
        name: z.string(),
        prefix: z.string().exactOptional(),
        keyArn: z.string().exactOptional(),
      }),
    ],
    `must be a list of ${BUCKETS}`,
  ),
  BUCKETS,
)
  .refine((buckets) => buckets.length > 0, 'must name at least one bucket')
  .superRefine((buckets, context) => {
    const names = buckets.map((bucket) => (typeof bucket === 'string' ? bucket : bucket.name));
    const wrong = z.array(bucketName).safeParse(names).error?.issues[0];
    if (wrong) context.addIssue({ code: 'custom', message: wrong.message });
  });

const regions = listOf(
  z
    .string()
    .refine((region) => REGIONS.includes(region), 'must be regions of AWS, such as us-east-1 or eu-west-1'),
  'regions',
)
  .refine((list) => list.length > 0, 'must name at least one region, or be left out')
  .refine((list) => new Set(list).size === list.length, 'must name each region once');

const HOUR = 3600;
const hoursOf = ([from, to]: readonly [from: number, to: number]) => [from / HOUR, to / HOUR] as const;
const [, MAX_HOURS] = hoursOf(SCHEDULE_LIMITS.giveUpAfter);

const settingsSchema = z.object({
  regions: regions.optional(),
  outputBuckets,
  datastoreIds: listOf(z.string(), 'ids of data stores').optional(),
  emails: emails.optional(),
  queues: queues.optional(),
  chat: flag.optional(),
  chatEvery: z.enum(CADENCES, `must be one of ${CADENCES.join(', ')}`).optional(),
  emailsPerHour: numberOf('emails', 1, 60 * EMAILS_PER_MINUTE)
    .refine((emails) => Number.isInteger(emails), 'must be a whole number of emails')
    .optional(),
  timeZone: text.optional(),
  archiveDays: numberOf('days', 1, 3650)
    .refine((days) => Number.isInteger(days), 'must be a whole number of days')
    .optional(),
  schemaRegistry: flag.optional(),
  discloseInEvents: flag.optional(),
  discloseInEmails: flag.optional(),
  manifestLinks: flag.optional(),
  overdueAfterHours: numberOf('hours', 0.02, MAX_HOURS).optional(),
  giveUpAfterHours: numberOf('hours', ...hoursOf(SCHEDULE_LIMITS.giveUpAfter)).optional(),
  alarmEmails: listOf(z.string(), 'addresses').optional(),
  runbookUrl: text.optional(),
  encryptionKeyArn: text.optional(),
  logLevel: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR'], 'must be one of DEBUG, INFO, WARN, ERROR').optional(),
});

const NAMES = Object.keys(settingsSchema.shape) as (keyof typeof settingsSchema.shape)[];

/** Settings that are no more, each with what takes its place, or why it is gone. */
const REMOVED = {
  pollMinutes: 'is a prop now: `pollInterval`',
  sweep: 'is a prop now: `sweep`',
  sweepMinutes: 'is a prop now: `sweepInterval`',
  cloudTrailTrigger: 'is gone: the sweep of every minute finds what it found',
} as const;

const HOW_TO_SET =
  'set it in the context of cdk.json or with -c, for instance -c outputBuckets=my-import-output';

/** What the app makes: a stack, or one in each region. */
export interface Settings extends DicomImportWatcherStackProps {
  /** Where; not set: in the region of the credentials. */
  readonly regions?: readonly string[];
}

/** What is of one region: the watchers of others would look for it in vain. */
const OF_ONE_REGION = ['datastoreIds', 'encryptionKeyArn'] as const;

/**
 * The app's settings, from CDK context.
 * @param context - all of it, by name; also what is no setting of ours.
 * @throws Error that names each setting that is missing, wrong, mistyped or no more, and says what to do.
 */
export function readSettings(context: Readonly<Record<string, unknown>>): Settings {
  const parsed = settingsSchema.safeParse(Object.fromEntries(NAMES.map((name) => [name, context[name]])));
  const wrong = (parsed.error?.issues ?? []).map(({ path, message }) => {
    const name = String(path[0]);
    const got = context[name];
    return got === undefined
      ? `'${name}' is not set: ${HOW_TO_SET}`
      : `'${name}' ${message}, got ${JSON.stringify(got)}`;
  });
  const { data } = parsed;
  const problems = [
    ...new Set(wrong),
    ...mistyped(context),
    ...(data ? contradictions(data, context) : []),
    ...Object.entries(REMOVED)
      .filter(([name]) => context[name] !== undefined)
      .map(([name, instead]) => `'${name}' ${instead}`),
  ];
  if (!data || problems.length > 0) throw new Error(problems.join('; '));
  const disclosure = {
    ...(data.discloseInEvents !== undefined && { inEvents: data.discloseInEvents }),
    ...(data.discloseInEmails !== undefined && { inEmails: data.discloseInEmails }),
    ...(data.manifestLinks !== undefined && { manifestLinks: data.manifestLinks }),
  };
  return {
    ...(Object.keys(disclosure).length > 0 && { disclosure }),
    regions: data.regions,
    outputBuckets: data.outputBuckets,
    datastoreIds: data.datastoreIds,
    // What is not an outcome, the construct refuses with the list of outcomes.
    emails: data.emails as (string | EmailSubscriber)[] | undefined,
    queues: data.queues as (string | QueueSubscriber)[] | undefined,
    chat: data.chat,
    chatEvery: data.chatEvery,
    emailsPerHour: data.emailsPerHour,
    timeZone: data.timeZone,
    archiveFor: data.archiveDays === undefined ? undefined : Duration.days(data.archiveDays),
    schemaRegistry: data.schemaRegistry,
    overdueAfter: hours(data.overdueAfterHours),
    giveUpAfter: hours(data.giveUpAfterHours),
    alarmEmails: data.alarmEmails,
    runbookUrl: data.runbookUrl,
    encryptionKeyArn: data.encryptionKeyArn,
    logLevel: data.logLevel,
  };
}

/** Whole seconds: what an hour is a fraction of may not be exact. */
function hours(amount: number | undefined): Duration | undefined {
  return amount === undefined ? undefined : Duration.seconds(Math.round(amount * HOUR));
}

/** Settings that do not go together. */
function contradictions(data: z.infer<typeof settingsSchema>, context: Readonly<Record<string, unknown>>) {
  const problems: string[] = [];
  if ((data.regions?.length ?? 0) > 1) {
    for (const name of OF_ONE_REGION) {
      if (data[name] === undefined) continue;
      problems.push(
        `'${name}' belongs to one region: leave it out, or deploy each of 'regions' by itself, got ${JSON.stringify(context.regions)}`,
      );
    }
  }
  const giveUpAfterHours = data.giveUpAfterHours ?? DEFAULT_GIVE_UP_AFTER_SECONDS / HOUR;
  if (data.overdueAfterHours !== undefined && data.overdueAfterHours >= giveUpAfterHours) {
    problems.push(
      `'overdueAfterHours' must be less than 'giveUpAfterHours', which is ${giveUpAfterHours}, got ${JSON.stringify(context.overdueAfterHours)}`,
    );
  }
  return problems;
}

/** Names that are almost those of settings. Other apps' context, and the CDK's own, is left alone. */
function mistyped(context: Readonly<Record<string, unknown>>): string[] {
  const known: readonly string[] = [...NAMES, ...Object.keys(REMOVED)];
  return Object.keys(context)
    .filter((name) => !known.includes(name) && /^[\w-]+$/.test(name))
    .flatMap((name) => {
      const meant = NAMES.filter((setting) => isNear(name, setting));
      return meant.length > 0
        ? [`'${name}' is not a setting: did you mean ${meant.map((setting) => `'${setting}'`).join(' or ')}?`]
        : [];
    });
}

function isNear(name: string, setting: string): boolean {
  const [typed = '', meant = ''] = [name, setting].map((text) => text.replace(/[^a-z]/gi, '').toLowerCase());
  return distance(typed, meant) <= Math.max(2, meant.length / 3);
}
