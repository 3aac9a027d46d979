import { Logger } from '@aws-lambda-powertools/logger';
import { oneLine } from '../../core/domain/text.ts';

/** Logs ids, counts, statuses and error types, never events, URIs, names or messages: they can identify a patient. */
export const log = new Logger({
  serviceName: 'dicom-import-watcher',
  // An id, a name of an execution and a type of error come from outside.
  jsonReplacerFn: (_, value) => (typeof value === 'string' ? oneLine(value) : value),
});
