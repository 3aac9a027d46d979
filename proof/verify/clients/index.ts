import { deepStrictEqual } from 'node:assert';
import { getImportJob } from '../../../core/aws/import-jobs.ts';
import { type SimulatorWorld, startWorld, unlimited } from '../../fixtures/simulator-world.ts';
import { awsEnvironment } from '../environment.ts';
import { FULL_REQUESTS } from '../model/constraints.ts';
import { type ServiceModel, serviceModel } from '../model/service-model.ts';
import type { Part, PartContext } from '../part.ts';
import { boto3 } from './boto3.ts';
import { cli } from './cli.ts';
import type { Client } from './client.ts';
import { javascript } from './javascript.ts';
import { Judge } from './judge.ts';
import { datastoreId, play } from './scenario.ts';
import { type Column, document, everything } from './table.ts';
import { tap } from './wire.ts';

/** What a client's own model lacks. 3.958.0 is the newest SDK for JavaScript that there is (docs/dependencies.md). */
const DROPPED: Readonly<Record<string, readonly string[]>> = {
  'SDK for JavaScript': ['importConfiguration'],
};

export const part: Part = {
  proves:
    'boto3, the aws CLI and the SDK for JavaScript make every call of the simulator, and botocore’s model allows each answer',
  async run(context) {
    const { results } = context;
    const model = await serviceModel();
    let botocore = '';
    const columns = await Promise.all([
      tryAll(
        context,
        model,
        async (endpoint) => {
          const client = await boto3(awsEnvironment({ AWS_ENDPOINT_URL_MEDICAL_IMAGING: endpoint }));
          botocore = client.botocore;
          return client;
        },
        async (world) => {
          await results.check('the handlers read the importConfiguration that boto3 sent', () =>
            handlersRead(world),
          );
        },
      ),
      tryAll(context, model, (endpoint) =>
        cli(awsEnvironment({ AWS_ENDPOINT_URL_MEDICAL_IMAGING: endpoint })),
      ),
      tryAll(context, model, javascript),
    ]);
    await context.document('docs/proof/verified.md', document(model, botocore, columns));
  },
};

async function tryAll(
  { results }: PartContext,
  model: ServiceModel,
  make: (endpoint: string) => Promise<Client>,
  afterwards: (world: SimulatorWorld) => Promise<void> = async () => {},
): Promise<Column> {
  const world = await startWorld({
    datastores: [datastoreId],
    quotas: {
      rates: { StartDICOMImportJob: unlimited, GetDICOMImportJob: unlimited, ListDICOMImportJobs: unlimited },
    },
  });
  const wire = await tap(world.simulator.listener, model);
  const client = await make(wire.endpoint);
  const { name, version } = client;
  const dropped = DROPPED[name] ?? [];
  const judge = new Judge(model, wire, dropped);
  try {
    await play(results, client, world, judge);
    await results.check(
      `${name}: all members and errors were tried but those that it is known to drop`,
      () => {
        const missing = everything(model).filter((what) => !judge.seen.has(what));
        const known = everything(model).filter((what) => dropped.some((member) => what.includes(member)));
        deepStrictEqual(missing, known);
      },
    );
    await afterwards(world);
  } finally {
    await client.close();
    await wire.close();
    await world.stop();
  }
  return { name, version, seen: judge.seen };
}

/** The SDK that the handlers use drops it: they get it from the raw answer. */
async function handlersRead({ client }: SimulatorWorld): Promise<void> {
  const { jobSummaries = [] } = await client.listDICOMImportJobs({ datastoreId });
  const jobName = FULL_REQUESTS.StartDICOMImportJob.jobName;
  const jobId = jobSummaries.find((job) => job.jobName === jobName)?.jobId ?? '';
  const { importConfiguration } = await getImportJob(client, { datastoreId, jobId });
  deepStrictEqual(importConfiguration, FULL_REQUESTS.StartDICOMImportJob.importConfiguration);
}
