import {
  DatastoreStatus,
  type DICOMImportJobProperties,
  GetDICOMImportJobCommand,
  type GetDICOMImportJobCommandInput,
  ListDICOMImportJobsCommand,
  type MedicalImagingClient,
  paginateListDatastores,
} from '@aws-sdk/client-medical-imaging';
import { ERRORS, type ImportJobId } from '../contract/names.ts';
import { hintedStatus, type ImportJob, parseJobStatus } from '../domain/watch/import-job.ts';
import type { ListedJob, ListPosition } from '../domain/watch/sweep.ts';
import { describe, httpStatus, isPassing, isThrottled, ThrottledError, WatchError } from './errors.ts';

/**
 * Reads one import job.
 * @returns the job, with `jobStatus: 'NOT_FOUND'` and its ids only where HealthImaging does not know it.
 * @throws WatchError `HealthImagingUnavailable` (passing) or `HealthImagingRefused`, ThrottledError where it had too many
 * calls; UnknownJobStatusError for a status that this version does not know.
 * @see https://docs.aws.amazon.com/healthimaging/latest/APIReference/API_GetDICOMImportJob.html
 */
export async function getImportJob(
  client: MedicalImagingClient,
  { datastoreId, jobId }: ImportJobId,
): Promise<ImportJob> {
  const { command, rawBody } = getDICOMImportJob({ datastoreId, jobId });
  let jobProperties: DICOMImportJobProperties | undefined;
  try {
    ({ jobProperties } = await client.send(command));
  } catch (error) {
    if (httpStatus(error) === 404) {
      return { datastoreId, jobId, jobStatus: 'NOT_FOUND' };
    }
    const name = isPassing(error) ? ERRORS.healthImagingUnavailable : ERRORS.healthImagingRefused;
    throw new (isThrottled(error) ? ThrottledError : WatchError)(
      name,
      `GetDICOMImportJob: ${describe(error)}`,
    );
  }
  const { submittedAt, endedAt, jobName, message, dataAccessRoleArn, inputS3Uri, outputS3Uri } =
    jobProperties ?? {};
  const importConfiguration = importConfigurationIn(rawBody());
  return {
    datastoreId,
    jobId,
    jobStatus: parseJobStatus(jobProperties?.jobStatus),
    ...(jobName && { jobName }),
    ...(message && { message }),
    ...(dataAccessRoleArn && { dataAccessRoleArn }),
    ...(inputS3Uri && { inputS3Uri }),
    ...(outputS3Uri && { outputS3Uri }),
    ...(importConfiguration !== undefined && { importConfiguration }),
    ...(submittedAt && { submittedAt: submittedAt.toISOString() }),
    ...(endedAt && { endedAt: endedAt.toISOString() }),
  };
}

/**
 * The command, and the body of its answer as it came: `@aws-sdk/client-medical-imaging` 3.958.0 does not know
 * `importConfiguration` and drops it (docs/healthimaging.md#2-import-configuration).
 */
function getDICOMImportJob(input: GetDICOMImportJobCommandInput): {
  command: GetDICOMImportJobCommand;
  rawBody: () => string;
} {
  const command = new GetDICOMImportJobCommand(input);
  let rawBody = '{}';
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { body: AsyncIterable<Uint8Array> | Uint8Array };
      const chunks: Uint8Array[] = [];
      if (response.body instanceof Uint8Array) chunks.push(response.body);
      else for await (const chunk of response.body) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      rawBody = bytes.toString('utf8');
      // The deserializer, which runs after this, takes bytes as well as a stream.
      response.body = bytes;
      return result;
    },
    // Low priority: nearest to the wire, before the deserializer has read the stream.
    { step: 'deserialize', priority: 'low', name: 'keepRawBody' },
  );
  return { command, rawBody: () => rawBody };
}

/** Parses what the SDK has parsed, too: its command keeps the shape of the answer to itself. It takes microseconds. */
function importConfigurationIn(body: string): unknown {
  return (JSON.parse(body) as { jobProperties?: { importConfiguration?: unknown } }).jobProperties
    ?.importConfiguration;
}

/**
 * One page of the jobs of a data store, of those with a status or of all, and where the next begins. At most 50 jobs.
 * @param named - whether the jobs have their names.
 */
export async function listImportJobs(
  client: MedicalImagingClient,
  { datastoreId, jobStatus, nextToken }: ListPosition,
  named = false,
): Promise<{ jobs: ListedJob[]; next?: ListPosition }> {
  const page = await client.send(
    new ListDICOMImportJobsCommand({
      datastoreId,
      jobStatus,
      maxResults: 50,
      nextToken,
    }),
  );
  const jobs = (page.jobSummaries ?? []).map((summary) => ({
    datastoreId,
    jobId: summary.jobId ?? '',
    jobStatus: hintedStatus(summary.jobStatus),
    submittedAt: summary.submittedAt?.getTime(),
    endedAt: summary.endedAt?.getTime(),
    ...(named && { jobName: summary.jobName }),
  }));
  return { jobs, ...(page.nextToken && { next: { datastoreId, jobStatus, nextToken: page.nextToken } }) };
}

/**
 * Ids of the active data stores of the account in the region, at most 100 (docs/healthimaging.md#10-quotas). Others have no job
 * that could run: they are not there yet, or not any more.
 */
export async function listDatastores(client: MedicalImagingClient): Promise<string[]> {
  const ids: string[] = [];
  const active = { datastoreStatus: DatastoreStatus.ACTIVE };
  for await (const { datastoreSummaries = [] } of paginateListDatastores({ client }, active)) {
    for (const { datastoreId, datastoreStatus } of datastoreSummaries) {
      // Who stands in for HealthImaging may not know the filter.
      if (datastoreId && datastoreStatus === active.datastoreStatus) ids.push(datastoreId);
    }
  }
  return ids;
}
