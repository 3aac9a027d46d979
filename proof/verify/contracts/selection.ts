import { deepStrictEqual, ok } from 'node:assert';
import { readdir, readFile } from 'node:fs/promises';
import { App } from 'aws-cdk-lib';
import { HEALTH_IMAGING_EVENTS, WATCH_FAILURES } from '../../../core/contract/names.ts';
import { DicomImportWatcherStack } from '../../../lib/index.ts';
import { matches, parsePattern } from '../../../local/event-pattern.ts';
import { datastoreId } from '../../fixtures/simulator-world.ts';
import { APPS, STACK } from '../apps.ts';
import type { Results } from '../results.ts';
import { matchedByMoto, type PatternRule, patternRules } from './rules.ts';
import { generated, type PublishedEvent, publishedEvents } from './schemas.ts';

interface AnyEvent {
  readonly 'detail-type'?: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** What the synthesized rules select of events that are made from AWS's schemas, by two implementations of EventBridge. */
export async function rulesSelect(
  results: Results,
  ofHealthImaging: readonly PublishedEvent[],
): Promise<void> {
  const one = new App();
  new DicomImportWatcherStack(one, STACK, { outputBuckets: ['import-output'], datastoreIds: [datastoreId] });
  const rules = [APPS.defaults(), APPS.everything(), one].flatMap(patternRules);
  const [ofExecutions] = (await publishedEvents(WATCH_FAILURES.source)).filter(
    ({ detailType }) => detailType === WATCH_FAILURES.detailType,
  );
  if (!ofExecutions) throw new Error('AWS publishes no event of the ends of executions');
  const events = [
    ...ofHealthImaging.flatMap((event) =>
      [datastoreId, 'f'.repeat(32)].map((id) => generated(event, { datastoreId: id })),
    ),
    ...endsOfExecutions(ofExecutions, rules),
    ...cloudTrailRecords(),
    ...(await examples()),
  ];
  const byMoto = await matchedByMoto(
    rules.map(({ pattern }) => pattern),
    events,
  );
  await results.check(
    `moto and the local runner select the same of ${events.length} events by ${rules.length} rules`,
    () =>
      deepStrictEqual(
        byMoto,
        rules.map(({ pattern }) => events.map((event) => matches(parsePattern(pattern), event))),
      ),
  );
  /** Of each rule of a name, in the order of the apps, what it selects. */
  const selected = (name: string) =>
    rules.flatMap(({ id }, rule) =>
      id.includes(name) ? [events.filter((_, event) => byMoto[rule]?.[event])] : [],
    );
  await results.check('events of import jobs are selected, and no others of HealthImaging', () => {
    const types = [...HEALTH_IMAGING_EVENTS.detailTypes].sort();
    const twice = types.flatMap((type) => [type, type]);
    deepStrictEqual(
      selected('ImportEvents').map((of) => of.map((event) => event['detail-type']).sort()),
      [twice, twice, types],
    );
    const [, , chosen = []] = selected('ImportEvents');
    deepStrictEqual([...new Set(chosen.map(({ detail }) => detail?.datastoreId))], [datastoreId]);
  });
  await results.check('failures of the watcher’s own executions are selected, and no other ends', () => {
    const statuses = selected('WatchFailures').map((of) => of.map(({ detail }) => detail?.status));
    deepStrictEqual(statuses, Array(3).fill([...WATCH_FAILURES.statuses]));
  });
  await results.check(
    'records of CloudTrail, which have the source of HealthImaging, are not selected',
    () => {
      const records = new Set(cloudTrailRecords().map((record) => record['detail-type']));
      const by = rules.filter((_, rule) =>
        events.some((event, index) => records.has(event['detail-type']) && byMoto[rule]?.[index]),
      );
      deepStrictEqual(by, []);
    },
  );
  await results.check('what a rule asks of the detail of an AWS event is in its schema', () => {
    const known = new Map(
      [...ofHealthImaging, ofExecutions].map(({ detailType, members }) => [detailType, members]),
    );
    for (const { pattern } of rules) {
      const { 'detail-type': types = [], detail = {} } = pattern as {
        'detail-type'?: string[];
        detail?: object;
      };
      for (const type of types) {
        const members = known.get(type);
        for (const name of Object.keys(detail)) ok(!members || name in members, `${type} has no ${name}`);
      }
    }
  });
}

function endsOfExecutions(of: PublishedEvent, rules: readonly PatternRule[]): AnyEvent[] {
  const machines = JSON.stringify(rules).match(/arn:[^"]+:stateMachine:[^"]+/g) ?? [];
  return ['RUNNING', 'SUCCEEDED', ...WATCH_FAILURES.statuses].flatMap((status) =>
    [...new Set(machines), 'arn:aws:states:us-east-1:000000000000:stateMachine:Other'].map(
      (stateMachineArn) => generated(of, { status, stateMachineArn }),
    ),
  );
}

/** The shape is CloudTrail's convention: AWS publishes no schema of it (docs/healthimaging.md#9-cloudtrail). */
function cloudTrailRecords(): AnyEvent[] {
  const eventSource = 'medical-imaging.amazonaws.com';
  return [
    { eventSource, eventName: 'StartDICOMImportJob', requestParameters: { datastoreId } },
    { eventSource, eventName: 'StartDICOMImportJob', errorCode: 'AccessDenied' },
    { eventSource, eventName: 'GetDICOMImportJob', datastoreId },
  ].map((detail) => ({
    source: HEALTH_IMAGING_EVENTS.source,
    'detail-type': 'AWS API Call via CloudTrail',
    detail,
  }));
}

/** What the watcher publishes, which the rules of subscribers select. */
async function examples(): Promise<AnyEvent[]> {
  const folder = new URL('../../../docs/examples/', import.meta.url);
  const files = await readdir(folder);
  return Promise.all(files.map(async (file) => JSON.parse(await readFile(new URL(file, folder), 'utf8'))));
}
