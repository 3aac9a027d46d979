import { medicalImaging, s3 } from './aws/clients.ts';
import { WatchError } from './aws/errors.ts';
import { getImportJob } from './aws/import-jobs.ts';
import { readManifests } from './aws/manifests.ts';
import { ERRORS, FILES_REFUSED } from './contract.ts';
import { isIncomplete, isStale, mayStillAppear } from './domain/late.ts';
import { measurements, refusals } from './domain/measurements.ts';
import { buildReport } from './domain/report.ts';
import { disclosure } from './env.ts';
import { log } from './log.ts';
import type { ImportReport } from './messages.ts';
import { measure } from './metrics.ts';
import { parseWatchRequest } from './request.ts';
import { systemTime, type Time } from './time.ts';

const healthImaging = medicalImaging();
const store = s3();

/**
 * Reads the job and its manifests for the last time and says what is published. Throws `ManifestNotReady` or
 * `StaleRead` for the state machine to try again while the truth may still come. Environment: `DISCLOSURE`.
 */
export const summarizeImport =
  (time: Time) =>
  async (event: unknown): Promise<ImportReport> => {
    const { watch, executionArn } = parseWatchRequest(event);
    const job = await getImportJob(healthImaging, watch);
    if (isStale(job.jobStatus, watch.check)) {
      throw new WatchError(
        ERRORS.staleRead,
        `the job is ${job.jobStatus}, but was ${watch.check?.jobStatus} before`,
      );
    }
    const ended = job.jobStatus === 'COMPLETED' || job.jobStatus === 'FAILED';
    const manifest =
      ended && job.outputS3Uri ? await readManifests(store, job.outputS3Uri, watch) : undefined;
    const now = time.now();
    if (manifest && mayStillAppear(job, now)) {
      if (manifest.kind === 'unavailable') {
        throw new WatchError(ERRORS.manifestNotReady, `${manifest.reason}, looking again`);
      }
      if (isIncomplete(manifest)) {
        throw new WatchError(ERRORS.manifestNotReady, 'lines are missing, looking again');
      }
    }
    const report = buildReport({ job, manifest, executionArn }, disclosure(), now);
    log.info('summarized', { executionArn, ...report.receipt });
    for (const refusal of refusals(report.detail.data)) log.info(FILES_REFUSED, { executionArn, ...refusal });
    const { outcome, ...counts } = measurements(report, watch, now);
    measure({ importsFinished: 1 }, outcome);
    measure(counts);
    return report;
  };

export const handler = summarizeImport(systemTime);
