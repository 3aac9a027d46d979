import type { MedicalImagingClient } from '@aws-sdk/client-medical-imaging';
import { ThrottledError } from '../../core/aws/errors.ts';
import { getImportJob } from '../../core/aws/import-jobs.ts';
import type { ImportJobId } from '../../core/contract/names.ts';
import type { ImportJob } from '../../core/domain/watch/import-job.ts';

/** Reads one import job, as {@link getImportJob}, and counts each time that HealthImaging throttles. */
export async function readImportJob(client: MedicalImagingClient, id: ImportJobId): Promise<ImportJob> {
  try {
    return await getImportJob(client, id);
  } catch (error) {
    if (error instanceof ThrottledError) {
      const { measure } = await import('./metrics.ts');
      measure({ throttled: 1 });
    }
    throw error;
  }
}
