import { deepStrictEqual, strictEqual } from 'node:assert';
import type { RequestFault } from '../../../simulator/index.ts';
import { writeStudy } from '../../../simulator/index.ts';
import type { SimulatorWorld } from '../../fixtures/simulator-world.ts';
import { FULL_REQUESTS } from '../model/constraints.ts';
import { IMPORT_OPERATIONS, type ImportOperation } from '../model/service-model.ts';
import type { Results } from '../results.ts';
import type { Client, Input } from './client.ts';
import type { Judge } from './judge.ts';

const { StartDICOMImportJob: full } = FULL_REQUESTS;
const { jobName, clientToken, inputOwnerAccountId, importConfiguration, ...least } = full;
export const datastoreId = String(full.datastoreId);
const elsewhere = 'f'.repeat(32);

/** Every call with one client: each judged by what was on the wire. */
export async function play(
  results: Results,
  client: Client,
  world: SimulatorWorld,
  judge: Judge,
): Promise<void> {
  for (const { name, bytes } of writeStudy()) await world.put(`in/${name}`, bytes);
  const { faults } = world.simulator;

  /** One call that is answered. @returns what the client made of the answer */
  const good = async (what: string, operation: ImportOperation, input: Input, expected: object = {}) => {
    let output: Record<string, unknown> = {};
    await results.check(`${client.name}: ${operation} ${what}`, async () => {
      output = judge.answered(operation, input, await client.call(operation, input, 1));
      deepStrictEqual({ ...output, ...expected }, output);
    });
    return output;
  };
  const get = (what: string, jobId: unknown, expected: object) =>
    good(what, 'GetDICOMImportJob', { datastoreId, jobId }).then(({ jobProperties }) =>
      results.check(`${client.name}: GetDICOMImportJob ${what}: its members`, () =>
        deepStrictEqual({ ...(jobProperties as object), ...expected }, jobProperties),
      ),
    );

  const { jobId } = await good('with all members', 'StartDICOMImportJob', full, {
    datastoreId,
    jobStatus: 'SUBMITTED',
  });
  const { jobId: again } = await good('with the same client token', 'StartDICOMImportJob', full);
  await results.check(`${client.name}: the same client token gives the same job`, () =>
    strictEqual(again, jobId),
  );
  await good('with the required members only', 'StartDICOMImportJob', least);
  await get('of a job that waits', jobId, { jobStatus: 'SUBMITTED', jobName });
  await world.clock.pass(20);
  await get('of a job that runs', jobId, { jobStatus: 'IN_PROGRESS' });
  await world.clock.pass(90);
  await get('of a job that has ended', jobId, {
    jobStatus: 'COMPLETED',
    endedAt: world.clock.now() / 1000 - 20,
  });
  const failWith = 'No access: s3://in-bucket (403)';
  faults.job({ failWith, times: 1 });
  const { jobId: failed } = await good('of a job that will fail', 'StartDICOMImportJob', least);
  await world.clock.pass(100);
  await get('of a job that failed', failed, { jobStatus: 'FAILED', message: failWith });
  faults.job({ neverEnds: true, times: 1 });
  await good('of a job that never ends', 'StartDICOMImportJob', least);
  await world.clock.pass(100);
  await good('of a job just now', 'StartDICOMImportJob', least);

  await good('of all', 'ListDICOMImportJobs', { datastoreId });
  for (const [jobStatus, jobs] of [
    ['SUBMITTED', 1],
    ['IN_PROGRESS', 1],
    ['COMPLETED', 2],
    ['FAILED', 1],
  ] as const) {
    const { jobSummaries } = await good(`of those that are ${jobStatus}`, 'ListDICOMImportJobs', {
      datastoreId,
      jobStatus,
    });
    await results.check(`${client.name}: ListDICOMImportJobs has the ${jobs} that are ${jobStatus}`, () => {
      deepStrictEqual(
        (jobSummaries as { jobStatus: string }[]).map((job) => job.jobStatus),
        Array(jobs).fill(jobStatus),
      );
    });
  }
  const page = await good('of a page', 'ListDICOMImportJobs', { datastoreId, maxResults: 2 });
  await good('of the next page', 'ListDICOMImportJobs', {
    datastoreId,
    maxResults: 2,
    nextToken: page.nextToken,
  });
  await results.check(`${client.name}: its paginator finds all jobs once, in pages of two`, async () => {
    const jobs = await client.listAll(datastoreId, 2);
    const { jobSummaries } = judge.answeredLast(await client.call('ListDICOMImportJobs', { datastoreId }, 1));
    strictEqual(jobs.length, 5);
    deepStrictEqual(jobs, jobSummaries);
    deepStrictEqual(
      judge.before().map(({ request }) => request.maxResults),
      ['2', '2', '2'],
    );
  });

  const refused = async (what: string, operation: ImportOperation, input: Input, name: string) => {
    // More attempts, and yet one request: only what may pass is tried again.
    const attempts = ['ThrottlingException', 'InternalServerException'].includes(name) ? 1 : 3;
    await results.check(`${client.name}: ${operation} ${what}: ${name}`, async () => {
      judge.refused(operation, name, await client.call(operation, input, attempts));
    });
  };
  await refused(
    'a name with a space',
    'StartDICOMImportJob',
    { ...least, jobName: 'a b' },
    'ValidationException',
  );
  await refused('an id in capitals', 'GetDICOMImportJob', { datastoreId, jobId: 'A' }, 'ValidationException');
  await refused(
    'a token of nobody',
    'ListDICOMImportJobs',
    { datastoreId, nextToken: 'x' },
    'ValidationException',
  );
  await refused(
    'a token used otherwise',
    'StartDICOMImportJob',
    { ...full, jobName: 'other' },
    'ConflictException',
  );
  await refused(
    'in no data store',
    'StartDICOMImportJob',
    { ...least, datastoreId: elsewhere },
    'ResourceNotFoundException',
  );
  await refused('of no job', 'GetDICOMImportJob', { datastoreId, jobId: '0' }, 'ResourceNotFoundException');
  await refused(
    'of no data store',
    'ListDICOMImportJobs',
    { datastoreId: elsewhere },
    'ResourceNotFoundException',
  );
  const inputs: Readonly<Record<ImportOperation, Input>> = {
    StartDICOMImportJob: least,
    GetDICOMImportJob: { datastoreId, jobId },
    ListDICOMImportJobs: { datastoreId },
  };
  for (const operation of IMPORT_OPERATIONS) {
    for (const [kind, name] of SWITCHES) {
      if (kind === 'quota' && operation !== 'StartDICOMImportJob') continue;
      if (kind === 'conflict' && operation === 'StartDICOMImportJob') continue;
      faults.request({ kind, operation, times: 1 });
      await refused(`by the fault ${kind}`, operation, inputs[operation], name);
    }
  }
  for (const kind of ['throttle', '500', '503'] as const) {
    await results.check(`${client.name}: tries again after the fault ${kind}`, async () => {
      faults.request({ kind, times: 2 });
      const answer = await client.call('GetDICOMImportJob', inputs.GetDICOMImportJob, 3);
      judge.answeredLast(answer);
      strictEqual(judge.before().length, 2);
    });
  }
}

const SWITCHES: readonly (readonly [RequestFault['kind'], string])[] = [
  ['throttle', 'ThrottlingException'],
  ['500', 'InternalServerException'],
  ['denied', 'AccessDeniedException'],
  ['conflict', 'ConflictException'],
  ['quota', 'ServiceQuotaExceededException'],
];
