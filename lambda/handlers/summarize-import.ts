import { medicalImaging, s3 } from '../../core/aws/clients.ts';
import { WatchError } from '../../core/aws/errors.ts';
import { readManifests } from '../../core/aws/manifests.ts';
import { ENV, ERRORS, FILES_REFUSED } from '../../core/contract/names.ts';
import { parseWatchRequest } from '../../core/domain/incoming.ts';
import { importReport } from '../../core/domain/notices/import-report.ts';
import { measurements, refusals } from '../../core/domain/notices/measurements.ts';
import type { Held, ImportReport } from '../../core/domain/notices/notice.ts';
import { isIncomplete, isStale, mayStillAppear } from '../../core/domain/verdict/manifest-readiness.ts';
import { hasEnded } from '../../core/domain/watch/import-job.ts';
import { systemTime, type Time } from '../../core/time.ts';
import { disclosure, optionalEnv } from '../runtime/env.ts';
import { readImportJob } from '../runtime/import-job.ts';
import { log } from '../runtime/log.ts';
import { measure } from '../runtime/metrics.ts';
import { withSources } from '../runtime/with-sources.ts';

const healthImaging = medicalImaging();
const store = s3();

/**
 * Reads the job and its manifests for the last time and says what is published. Throws `ManifestNotReady` or
 * `StaleRead` for the state machine to try again while the truth may still come. Environment: `DISCLOSURE`; where somebody gets
 * emails also `WATCHES_TABLE`, and what `holdForDigests` needs.
 */
export const summarizeImport =
  (time: Time) =>
  async (event: unknown): Promise<ImportReport> => {
    const { watch, executionArn } = parseWatchRequest(event);
    const job = await readImportJob(healthImaging, watch);
    if (isStale(job.jobStatus, watch.check)) {
      throw new WatchError(
        ERRORS.staleRead,
        `the job is ${job.jobStatus}, but was ${watch.check?.jobStatus ?? 'another'} before`,
      );
    }
    const manifest =
      hasEnded(job.jobStatus) && job.outputS3Uri
        ? await readManifests(store, job.outputS3Uri, watch)
        : undefined;
    const now = time.now();
    if (manifest && mayStillAppear(job, now)) {
      if (manifest.kind === 'unavailable') {
        throw new WatchError(ERRORS.manifestNotReady, `${manifest.reason}, looking again`);
      }
      if (isIncomplete(manifest)) {
        throw new WatchError(ERRORS.manifestNotReady, 'lines are missing, looking again');
      }
    }
    const { later } = watch.check ?? {};
    const readBy = optionalEnv(ENV.functionName);
    const report = importReport({ job, manifest, executionArn, later, readBy }, disclosure(), now);
    log.info('summarized', { executionArn, ...report.receipt });
    for (const refusal of refusals(report.detail.data)) log.info(FILES_REFUSED, { executionArn, ...refusal });
    const { outcome, ...counts } = measurements(report, watch, now);
    measure({ importsFinished: 1 }, outcome);
    measure(counts);
    const held = await hold(report, now);
    return { ...report, ...(held && { held }) };
  };

/** Where nobody gets emails, nothing is held and no table is needed. */
async function hold(report: ImportReport, now: number): Promise<Held | undefined> {
  if (optionalEnv(ENV.audiences) === undefined) return undefined;
  const { holdForDigests, watchesTable } = await import('../runtime/table.ts');
  return holdForDigests(watchesTable(), report, now);
}

export const handler = withSources(summarizeImport(systemTime));
