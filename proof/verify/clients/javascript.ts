import { readFile } from 'node:fs/promises';
import {
  GetDICOMImportJobCommand,
  ListDICOMImportJobsCommand,
  MedicalImagingClient,
  MedicalImagingServiceException,
  paginateListDICOMImportJobs,
  StartDICOMImportJobCommand,
} from '@aws-sdk/client-medical-imaging';
import type { ImportOperation } from '../model/service-model.ts';
import type { Client, Input } from './client.ts';

/** The SDK for JavaScript, which the handlers use. */
export async function javascript(endpoint: string): Promise<Client> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = (maxAttempts: number) =>
    new MedicalImagingClient({ endpoint, region: 'us-east-1', credentials, maxAttempts });
  const manifest = new URL(
    '../../../node_modules/@aws-sdk/client-medical-imaging/package.json',
    import.meta.url,
  );
  return {
    name: 'SDK for JavaScript',
    version: JSON.parse(await readFile(manifest, 'utf8')).version,
    async call(operation, input, attempts) {
      const sdk = client(attempts);
      try {
        const { $metadata: _, ...output } = await send(sdk, operation, input);
        return { output: inSeconds(output) as Record<string, unknown> };
      } catch (error) {
        if (!(error instanceof MedicalImagingServiceException)) throw error;
        return { error: { name: error.constructor.name, message: error.message } };
      } finally {
        sdk.destroy();
      }
    },
    async listAll(datastoreId, pageSize) {
      const sdk = client(1);
      const jobs: unknown[] = [];
      for await (const { jobSummaries } of paginateListDICOMImportJobs(
        { client: sdk, pageSize },
        { datastoreId },
      )) {
        jobs.push(...(jobSummaries ?? []));
      }
      sdk.destroy();
      return inSeconds(jobs) as unknown[];
    },
    async close() {},
  };
}

function send(client: MedicalImagingClient, operation: ImportOperation, input: Input) {
  // biome-ignore lint/suspicious/noExplicitAny: the input as the scenario has it, which is for any client
  const any = input as any;
  switch (operation) {
    case 'StartDICOMImportJob':
      return client.send(new StartDICOMImportJobCommand(any));
    case 'GetDICOMImportJob':
      return client.send(new GetDICOMImportJobCommand(any));
    case 'ListDICOMImportJobs':
      return client.send(new ListDICOMImportJobsCommand(any));
  }
}

/** Without what is undefined, and dates as the wire has them. */
function inSeconds(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, function (key, plain) {
      const of = this[key];
      return of instanceof Date ? of.getTime() / 1000 : plain;
    }),
  );
}
