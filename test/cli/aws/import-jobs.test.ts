import { ListDICOMImportJobsCommand, MedicalImagingClient } from '@aws-sdk/client-medical-imaging';
import { beforeEach, expect, test } from 'vitest';
import { newestJobs } from '../../../cli/aws/import-jobs.ts';
import { mockClient } from '../../support/mock-client.ts';

const mock = mockClient(MedicalImagingClient);
const client = new MedicalImagingClient({});
const datastoreId = '1'.repeat(32);

/** Hours at which the jobs of each page were submitted. */
let pages: number[][];
const idOf = (hour: number) => `job${hour}`;
beforeEach(() => {
  mock.reset();
  mock.on(ListDICOMImportJobsCommand).callsFake(({ nextToken = '0' }) => ({
    jobSummaries: pages[Number(nextToken)]?.map((hour) => ({
      jobId: idOf(hour),
      jobStatus: 'COMPLETED',
      submittedAt: new Date(hour * 3600_000),
    })),
    ...(Number(nextToken) + 1 < pages.length && { nextToken: String(Number(nextToken) + 1) }),
  }));
});

async function read(sinceHour: number): Promise<string[][]> {
  const read: string[][] = [];
  for await (const page of newestJobs(client, datastoreId, undefined, sinceHour * 3600_000)) {
    read.push(page.map(({ jobId }) => jobId));
  }
  return read;
}
const calls = () => mock.commandCalls(ListDICOMImportJobsCommand).length;

test('a list that has the newest first is read until a whole page is too old', async () => {
  pages = [[9, 8], [7, 6], [5, 4], [3]];
  await expect(read(7)).resolves.toEqual([['job9', 'job8'], ['job7']]);
  expect(calls()).toBe(3);
});

test('a page comes as soon as it is read', async () => {
  pages = [[9], [8]];
  const jobs = newestJobs(client, datastoreId, undefined, 0);
  expect((await jobs.next()).value).toMatchObject([{ jobId: 'job9' }]);
  expect(calls()).toBe(1);
});

test.each([
  ['within a page', [[8, 9], [3], [7]]],
  ['between two', [[3], [9, 8], [7]]],
])('a list in another order, %s, is read to its end, and nothing is missed', async (_, given) => {
  pages = given;
  const jobs = (await read(7)).flat();
  expect(jobs.toSorted()).toEqual(['job7', 'job8', 'job9']);
  expect(calls()).toBe(3);
});

test('from where the order ends, the rest is sorted', async () => {
  pages = [
    [9, 8],
    [3, 7],
    [2, 6],
  ];
  await expect(read(0)).resolves.toEqual([
    ['job9', 'job8'],
    ['job7', 'job6', 'job3', 'job2'],
  ]);
});

test('a job that a new one moved to the next page comes once', async () => {
  pages = [
    [9, 8],
    [8, 7],
  ];
  await expect(read(0)).resolves.toEqual([['job9', 'job8'], ['job7']]);
});
