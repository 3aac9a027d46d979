import {
  ListDatastoresCommand,
  ListDICOMImportJobsCommand,
  type MedicalImagingClient,
  paginateListDatastores,
} from '@aws-sdk/client-medical-imaging';
import { afterEach, expect, test } from 'vitest';
import { type SimulatorWorld, startWorld } from '../../proof/fixtures/simulator-world.ts';

const ids = ['a', 'b', 'c'].map((letter) => letter.repeat(32));
let world: SimulatorWorld;
afterEach(() => world.stop());

const list = (client: MedicalImagingClient, input = {}) => client.send(new ListDatastoresCommand(input));

test('the data stores that exist are listed, all of them ACTIVE', async () => {
  world = await startWorld({ datastores: ids });
  const { datastoreSummaries } = await list(world.client);
  expect(datastoreSummaries?.map(({ datastoreId }) => datastoreId)).toEqual(ids);
  expect(datastoreSummaries?.[0]).toMatchObject({
    datastoreName: 'datastore-aaaaaaaa',
    datastoreStatus: 'ACTIVE',
  });
  expect((await list(world.client, { datastoreStatus: 'DELETED' })).datastoreSummaries).toEqual([]);
  expect(world.simulator.requests.ListDatastores).toBe(2);
});

test('they come in pages of the size asked for', async () => {
  world = await startWorld({ datastores: ids });
  const pages: string[][] = [];
  for await (const page of paginateListDatastores({ client: world.client, pageSize: 2 }, {})) {
    pages.push((page.datastoreSummaries ?? []).map(({ datastoreId }) => datastoreId ?? ''));
  }
  expect(pages).toEqual([ids.slice(0, 2), ids.slice(2)]);
});

test.each([{ maxResults: 0 }, { maxResults: 51 }, { datastoreStatus: 'GONE' }, { nextToken: 'made up' }])(
  'a request with %j is refused',
  async (input) => {
    world = await startWorld({ datastores: ids });
    await expect(list(world.client, input)).rejects.toMatchObject({ name: 'ValidationException' });
  },
);

test('a fault strikes the requests for one data store only', async () => {
  world = await startWorld({ datastores: ids });
  world.simulator.faults.request({ kind: 'not-found', datastoreId: ids[1] ?? '' });
  const jobs = (datastoreId: string | undefined) =>
    world.client.send(new ListDICOMImportJobsCommand({ datastoreId }));
  await expect(jobs(ids[0])).resolves.toMatchObject({ jobSummaries: [] });
  await expect(jobs(ids[1])).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    $metadata: { httpStatusCode: 404 },
  });
});
