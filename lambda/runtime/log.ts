import { Logger } from '@aws-lambda-powertools/logger';

/** Logs ids, counts, statuses and error types, never events, URIs, names or messages: they can identify a patient. */
export const log = new Logger({ serviceName: 'dicom-import-watcher' });
