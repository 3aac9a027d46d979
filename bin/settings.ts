import { Duration } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { z } from 'zod';
import type { DicomImportWatcherStackProps, EmailSubscriber, QueueSubscriber } from '../lib/index.ts';

const REGIONS = RegionInfo.regions.map(({ name }) => name);

/** `cdk.json` holds lists and numbers; `-c name=value` holds only text: `a,b` is a list of two. */
const listOf = <Entry extends z.ZodType>(entry: Entry) =>
  z.preprocess(
    (value) =>
      typeof value === 'string'
        ? value
            .split(',')
            .map((each) => each.trim())
            .filter((each) => each !== '')
        : value,
    z.array(entry),
  );
const list = listOf(z.string());
const number = z.preprocess(
  (value) => (typeof value === 'string' && value.trim() ? Number(value) : value),
  z.number().min(0),
);
const flag = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean('must be true or false'),
);

/** Who wants to be told of what; whether the values are right, the constructs say. */
const filterShape = {
  outcomes: z.array(z.string()).exactOptional(),
  datastoreIds: z.array(z.string()).exactOptional(),
};
const emails = listOf(
  z.union(
    [z.string(), z.strictObject({ address: z.string(), ...filterShape })],
    'each must be an address or { "address", "outcomes", "datastoreIds" }',
  ),
);
const queues = listOf(
  z.union(
    [
      z.string(),
      z.strictObject({ name: z.string(), messageGroupId: z.string().exactOptional(), ...filterShape }),
    ],
    'each must be a name or { "name", "messageGroupId", "outcomes", "datastoreIds" }',
  ),
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
    'each must be a name or { "name", "prefix", "keyArn" }',
  ),
);

const regions = listOf(
  z.string().refine((region) => REGIONS.includes(region), 'each must be a region of AWS, such as us-east-1'),
)
  .refine((list) => list.length > 0, 'must name at least one region or be left out')
  .refine((list) => new Set(list).size === list.length, 'each must be there once');

const settingsSchema = z.object({
  regions: regions.optional(),
  outputBuckets: outputBuckets.refine((buckets) => buckets.length > 0, 'must name at least one bucket'),
  datastoreIds: list.optional(),
  emails: emails.optional(),
  queues: queues.optional(),
  chat: flag.optional(),
  archiveDays: number.optional(),
  schemaRegistry: flag.optional(),
  discloseInEvents: flag.optional(),
  discloseInEmails: flag.optional(),
  manifestLinks: flag.optional(),
  overdueAfterHours: number.optional(),
  giveUpAfterHours: number.optional(),
  alarmEmails: list.optional(),
  encryptionKeyArn: z.string().optional(),
  logLevel: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']).optional(),
});

type Setting = keyof typeof settingsSchema.shape;

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
 * @param context - looks a context value up by name.
 * @throws Error that names each setting that is missing, wrong or no more, and says what to do.
 */
export function readSettings(context: (name: string) => unknown): Settings {
  const names = Object.keys(settingsSchema.shape) as Setting[];
  const parsed = settingsSchema.safeParse(Object.fromEntries(names.map((name) => [name, context(name)])));
  const wrong = (parsed.error?.issues ?? []).map(({ path, message }) => {
    const name = String(path[0]);
    const got = context(name);
    return got === undefined
      ? `'${name}' is not set: ${HOW_TO_SET}`
      : `'${name}' is wrong: ${message}, got ${JSON.stringify(got)}`;
  });
  const several = (parsed.data?.regions?.length ?? 0) > 1;
  const local = OF_ONE_REGION.filter((name) => several && parsed.data?.[name] !== undefined).map(
    (name) =>
      `'${name}' is of one region: leave it out, or deploy each of 'regions' by itself, got ${JSON.stringify(context('regions'))}`,
  );
  const removed = Object.entries(REMOVED)
    .filter(([name]) => context(name) !== undefined)
    .map(([name, instead]) => `'${name}' ${instead}`);
  const problems = [...wrong, ...local, ...removed];
  if (!parsed.success || problems.length > 0) throw new Error(problems.join('; '));
  const { data } = parsed;
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
    // What is no outcome, the construct refuses with the list of those that are.
    emails: data.emails as (string | EmailSubscriber)[] | undefined,
    queues: data.queues as (string | QueueSubscriber)[] | undefined,
    chat: data.chat,
    archiveFor: duration(data.archiveDays, Duration.days),
    schemaRegistry: data.schemaRegistry,
    overdueAfter: duration(data.overdueAfterHours, Duration.hours),
    giveUpAfter: duration(data.giveUpAfterHours, Duration.hours),
    alarmEmails: data.alarmEmails,
    encryptionKeyArn: data.encryptionKeyArn,
    logLevel: data.logLevel,
  };
}

function duration(amount: number | undefined, of: (amount: number) => Duration): Duration | undefined {
  return amount === undefined ? undefined : of(amount);
}
