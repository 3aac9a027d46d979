import { afterEach, describe, expect, test } from 'vitest';
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from '../../local/cloud.ts';
import type { BusEvent } from '../../local/event-bus.ts';
import type { Template } from '../../local/template.ts';
import { VirtualClock } from '../../simulator/virtual-clock.ts';

const start = Date.UTC(2026, 0, 1);
const machineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:Machine';
const arnOf = (name: string) => `arn:aws:states:us-east-1:000000000000:execution:Machine:${name}`;
const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const target = (id: string) => ({ Id: 'Target0', Arn: arn(id) });

/** The function Work is what the state machine runs; Listen receives changes, and the time. */
const template = (more: Template['Resources'] = {}): Template => ({
  Resources: {
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        RoleArn: arn('Role'),
        DefinitionString: {
          'Fn::Join': [
            '',
            [
              '{"StartAt":"Work","TimeoutSeconds":3600,"States":{"Work":{"Type":"Task","End":true,"Resource":"',
              arn('Work'),
              '"}}}',
            ],
          ],
        },
      },
    },
    Role: { Type: 'AWS::IAM::Role' },
    Policy: { Type: 'AWS::IAM::Policy', Properties: { Statement: [{ Resource: { Ref: 'Machine' } }] } },
    Work: { Type: 'AWS::Lambda::Function', Properties: { Code: { S3Key: 'x.zip' } } },
    Listen: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Code: { S3Key: 'x.zip' },
        Environment: { Variables: { MACHINE: { Ref: 'Machine' } } },
        DeadLetterConfig: { TargetArn: arn('Lost') },
      },
    },
    Lost: { Type: 'AWS::SQS::Queue' },
    Changes: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: {
          source: ['aws.states'],
          detail: {
            stateMachineArn: [{ Ref: 'Machine' }],
            status: ['FAILED', 'SUCCEEDED', 'ABORTED', 'TIMED_OUT', 'RUNNING'],
          },
        },
        Targets: [{ ...target('Listen'), RetryPolicy: { MaximumRetryAttempts: 3 }, DeadLetterConfig: {} }],
      },
    },
    ...more,
  },
});

const schedule = (properties: object): Template['Resources'] => ({
  Sweep: {
    Type: 'AWS::Events::Rule',
    Properties: {
      ScheduleExpression: 'rate(15 minutes)',
      State: 'ENABLED',
      Targets: [target('Listen')],
      ...properties,
    },
  },
});

const clouds: LocalCloud[] = [];
afterEach(async () => {
  for (const cloud of clouds.splice(0)) await cloud.stop();
});

interface CloudUnderTest {
  readonly more?: Template['Resources'];
  readonly work?: () => unknown;
  readonly listen?: (event: BusEvent) => unknown;
  readonly options?: Partial<LocalCloudOptions>;
}

async function world({ more, work = () => 'ok', listen = () => {}, options }: CloudUnderTest = {}) {
  const clock = new VirtualClock(start);
  const heard: BusEvent[] = [];
  const at: number[] = [];
  const environments: Record<string, Readonly<Record<string, string>>> = {};
  const cloud = await startLocalCloud({
    template: template(more),
    assembly: '/nowhere',
    clock,
    makeFunction: ({ name, environment }) => {
      environments[name] = environment;
      return {
        invoke: async (payload) => {
          if (name === 'Work') return work();
          heard.push(payload as BusEvent);
          at.push((clock.now() - start) / 1000);
          return listen(payload as BusEvent);
        },
        stop: async () => {},
      };
    },
    ...options,
  });
  clouds.push(cloud);
  const statuses = () => heard.map(({ detail }) => (detail as { status: string }).status);
  return { clock, cloud, heard, at, environments, statuses };
}

const fail = () => {
  throw Object.assign(new Error('it broke'), { name: 'Broken' });
};

test('functions get the endpoints of all services', async () => {
  const { environments, cloud } = await world();
  const { AWS_ENDPOINT_URL_SFN, AWS_ENDPOINT_URL_S3 } = cloud.environment;
  expect(environments.Listen).toMatchObject({
    MACHINE: machineArn,
    AWS_ENDPOINT_URL_SFN,
    AWS_ENDPOINT_URL_EVENTBRIDGE: AWS_ENDPOINT_URL_SFN,
    AWS_ENDPOINT_URL_SNS: AWS_ENDPOINT_URL_S3,
  });
  expect(AWS_ENDPOINT_URL_SFN).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});

describe('a change of status', () => {
  test('is an event on the default bus, as AWS emits it', async () => {
    let broken = true;
    const { clock, cloud, heard } = await world({ work: () => (broken ? fail() : { n: 1 }) });
    cloud.machine.start('one', '{"a":1}');
    await clock.idle();
    await clock.run(() => clock.sleep(90_500));
    broken = false;
    cloud.machine.redrive('one');
    await clock.idle();

    expect(heard).toHaveLength(4);
    const [started, failed, redriven, succeeded] = heard;
    const common = {
      executionArn: arnOf('one'),
      stateMachineArn: machineArn,
      name: 'one',
      startDate: start,
      input: '{"a":1}',
      inputDetails: { included: true },
    };
    const none = { stopDate: null, output: null, outputDetails: null, error: null, cause: null };
    expect(started).toEqual({
      version: '0',
      id: expect.any(String),
      'detail-type': 'Step Functions Execution Status Change',
      source: 'aws.states',
      account: '000000000000',
      region: 'us-east-1',
      time: '2026-01-01T00:00:00Z',
      resources: [arnOf('one')],
      detail: {
        ...common,
        ...none,
        status: 'RUNNING',
        redriveCount: 0,
        redriveDate: null,
        redriveStatus: 'NOT_REDRIVABLE',
        redriveStatusReason: 'Execution is RUNNING and cannot be redriven',
      },
    });
    expect(failed?.detail).toEqual({
      ...common,
      ...none,
      status: 'FAILED',
      stopDate: start,
      error: 'Broken',
      cause: 'it broke',
      redriveCount: 0,
      redriveDate: null,
      redriveStatus: 'REDRIVABLE',
      redriveStatusReason: null,
    });
    const redrive = { redriveCount: 1, redriveDate: start + 90_500 };
    expect(redriven).toMatchObject({
      time: '2026-01-01T00:01:30Z',
      detail: { ...common, ...none, ...redrive, status: 'RUNNING' },
    });
    expect(succeeded?.detail).toEqual({
      ...common,
      ...none,
      ...redrive,
      status: 'SUCCEEDED',
      stopDate: start + 90_500,
      output: '{"n":1}',
      outputDetails: { included: true },
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
    });
  });

  test('goes to the hook first, which can lose the event', async () => {
    const told: unknown[] = [];
    const { clock, cloud, statuses } = await world({
      options: {
        onStatusEvent: ({ detail }) => {
          const { status } = detail as { status: string };
          told.push(status);
          return status !== 'SUCCEEDED';
        },
      },
    });
    cloud.machine.start('one', '{}');
    await clock.idle();
    expect(told).toEqual(['RUNNING', 'SUCCEEDED']);
    expect(statuses()).toEqual(['RUNNING']);
  });

  test('by the end of the cloud is none', async () => {
    const { cloud, statuses } = await world({ work: () => new Promise(() => {}) });
    const execution = cloud.machine.start('one', '{}');
    await cloud.stop();
    expect(execution.status).toBe('ABORTED');
    expect(statuses()).toEqual(['RUNNING']);
  });
});

describe('a schedule', () => {
  test('is fired by hand, and invokes its targets with a scheduled event', async () => {
    const { clock, cloud, heard } = await world({ more: schedule({}) });
    expect(cloud.schedules).toMatchObject([{ name: 'Sweep', everySeconds: 900 }]);
    await clock.idle();
    expect(heard).toEqual([]);
    await clock.run(() => clock.sleep(2500));
    await cloud.schedules[0]?.fire();
    expect(heard).toEqual([
      {
        version: '0',
        id: expect.any(String),
        'detail-type': 'Scheduled Event',
        source: 'aws.events',
        account: '000000000000',
        region: 'us-east-1',
        time: '2026-01-01T00:00:02Z',
        resources: ['arn:aws:events:us-east-1:000000000000:rule/Sweep'],
        detail: {},
      },
    ]);
  });

  test('delivers what its target asks for in the place of the event', async () => {
    const Targets = [{ ...target('Listen'), Input: '{"only":"running"}' }];
    const { cloud, heard } = await world({ more: schedule({ Targets }) });
    await cloud.schedules[0]?.fire();
    expect(heard).toEqual([{ only: 'running' }]);
  });

  test('reaches each of its targets, also a queue, though another fails', async () => {
    const { clock, cloud, at } = await world({
      more: {
        ...schedule({ Targets: [target('Listen'), target('Other')] }),
        Other: { Type: 'AWS::SQS::Queue' },
      },
      listen: fail,
    });
    const fired = cloud.schedules[0]?.fire();
    expect(await clock.run(() => arrival(cloud, 'Other'))).toMatchObject({ source: 'aws.events' });
    expect(clock.now()).toBe(start);
    await fired;
    expect(at).toEqual([0, 60, 180]);
    expect(await arrival(cloud, 'Lost')).toMatchObject({ source: 'aws.events' });
  });

  test('is on the clock where that is asked for, until the cloud stops', async () => {
    const { clock, cloud, at } = await world({ more: schedule({}), options: { runSchedules: true } });
    await clock.run(() => clock.sleep(46 * 60_000));
    expect(at).toEqual([900, 1800, 2700]);
    await cloud.stop();
    await clock.idle();
    expect(at).toHaveLength(3);
  });

  test('that is disabled is none', async () => {
    expect((await world({ more: schedule({ State: 'DISABLED' }) })).cloud.schedules).toEqual([]);
  });

  test.each([
    [{ ScheduleExpression: 'cron(0 12 * * ? *)' }, 'does not know the schedule cron(0 12 * * ? *)'],
    [{ Targets: [{ ...target('Listen'), InputPath: '$.a' }] }, 'does not know InputPath of the rule Sweep'],
    [
      { ScheduleExpression: undefined, EventPattern: {}, Targets: [{ ...target('Listen'), Input: '{}' }] },
      'does not know Input of the rule Sweep',
    ],
  ])('%j is refused', async (properties, message) => {
    await expect(world({ more: schedule(properties) })).rejects.toThrow(message);
  });
});

describe('a function that fails on an event', () => {
  const config = (properties: object): Template['Resources'] => ({
    Config: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: { FunctionName: { Ref: 'Listen' }, Qualifier: '$LATEST', ...properties },
    },
  });

  test.each([
    ['twice more where nothing is said', {}, [0, 60, 180]],
    ['twice more where the config leaves it open', config({}), [0, 60, 180]],
    ['once more', config({ MaximumRetryAttempts: 1 }), [0, 60]],
    ['no more', config({ MaximumRetryAttempts: 0 }), [0]],
    [
      'twice more where the config is of a version',
      config({ MaximumRetryAttempts: 0, Qualifier: '3' }),
      [0, 60, 180],
    ],
    [
      'twice more where the config is of another',
      config({ MaximumRetryAttempts: 0, FunctionName: { Ref: 'Work' } }),
      [0, 60, 180],
    ],
  ])('gets it %s, then the dead-letter queue does', async (_, more, expected) => {
    const errors: string[] = [];
    const { clock, cloud, at } = await world({
      more: { ...schedule({}), ...more },
      listen: fail,
      options: { onFailedEvent: ({ name }) => errors.push(name) },
    });
    await cloud.schedules[0]?.fire();
    await clock.idle();
    expect(at).toEqual(expected);
    expect(errors).toEqual(expected.map(() => 'Broken'));
    expect(await arrival(cloud, 'Lost')).toMatchObject({ 'detail-type': 'Scheduled Event' });
  });

  test('and whose config says more than we know is refused', async () => {
    await expect(world({ more: config({ DestinationConfig: {} }) })).rejects.toThrow(
      "does not know DestinationConfig of AWS::Lambda::EventInvokeConfig 'Config'",
    );
  });
});

/** The next message of a queue, which may be on its way. */
async function arrival(cloud: LocalCloud, queue: string): Promise<unknown> {
  for (;;) {
    const body = await cloud.receive(queue);
    if (body !== undefined) return JSON.parse(body);
  }
}
