import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ImportJobId, PUBLISHED } from '../../core/contract/names.ts';
import type { Definition } from '../../local/definition.ts';
import { newer } from '../../proof/fixtures/newer-definition.ts';
import { definitionOf, VARIANTS } from '../../scripts/definition.ts';
import { DEFINITIONS, RECORDED } from '../../scripts/record-definition.ts';
import { WatchedCloud } from '../support/watched-cloud.ts';

const MINUTE = 60;
const HOUR = 3600;
const read = (url: URL): Definition => JSON.parse(readFileSync(url, 'utf8'));
const recorded = readdirSync(DEFINITIONS).flatMap((version) => {
  const folder = new URL(`${version}/`, DEFINITIONS);
  return readdirSync(folder).map((file): [string, Definition] => [
    `${version} (${file.replace('.json', '')})`,
    read(new URL(file, folder)),
  ]);
});

test.each(Object.entries(VARIANTS))(
  'the definition (%s) is the recorded one of this version: after its release, a change needs a new version',
  (name, props) => {
    // Before the release: npm run record-definition.
    expect(definitionOf(props)).toEqual(read(new URL(`${name}.json`, RECORDED)));
  },
);

let watched: WatchedCloud;
let current: Definition;
beforeAll(async () => {
  watched = await WatchedCloud.start();
  current = watched.cloud.machine.definition;
});
afterEach(async () => {
  watched.cloud.simulator.faults.clear();
  await watched.clock.idle();
  await watched.takeMessages();
});
afterAll(() => watched.stop());

/** What was published about a job. */
async function published({ jobId }: ImportJobId): Promise<string[]> {
  const { events } = await watched.takeMessages();
  return events
    .filter(({ detail }) => (detail as { data: ImportJobId }).data.jobId === jobId)
    .map((event) => event['detail-type']);
}

/** Both ways: what a watch began on, and whether a newer definition is deployed while it runs, or the current one. */
const deployments = recorded.flatMap(([name, definition]): [string, Definition, boolean][] => [
  [`${name}, upgraded`, definition, true],
  [`a newer version than ${name}, rolled back`, newer(definition), false],
]);

describe.each(deployments)('a watch that began on the definition of %s', (_, definition, upgrade) => {
  async function begin(fault?: object): Promise<ImportJobId> {
    watched.cloud.machine.update(definition);
    const job = await watched.import(fault && { fault });
    await watched.pass(MINUTE);
    expect(watched.executionOf(job)?.status).toBe('RUNNING');
    watched.cloud.machine.update(upgrade ? newer(current) : current);
    return job;
  }

  test('ends with its verdict beside one that began on the definition that was deployed since', async () => {
    const before = await begin();
    const after = await watched.import();
    await watched.clock.idle();

    expect([watched.executionOf(before)?.status, watched.executionOf(after)?.status]).toEqual([
      'SUCCEEDED',
      'SUCCEEDED',
    ]);
    const { events } = await watched.takeMessages();
    expect(events.map((event) => event['detail-type'])).toEqual([
      PUBLISHED.importFinished,
      PUBLISHED.importFinished,
    ]);
  });

  test('polls on where events are lost, and tells that the job is overdue', async () => {
    const job = await begin({ neverEnds: true });
    await watched.clock.idle();
    expect(await published(job)).toEqual([PUBLISHED.importOverdue, PUBLISHED.importFinished]);
  });

  test('is redriven on its own definition when it fails', async () => {
    const job = await begin();
    watched.cloud.simulator.faults.request({
      kind: 'denied',
      operation: 'GetDICOMImportJob',
      forSeconds: HOUR,
    });
    await watched.pass(2 * HOUR);
    expect(watched.executionOf(job)?.status).toBe('FAILED');
    await watched.sweep();
    await watched.clock.idle();

    expect(watched.executionOf(job)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 });
    expect(await published(job)).toEqual([PUBLISHED.watchFailed, PUBLISHED.importFinished]);
  });
});
