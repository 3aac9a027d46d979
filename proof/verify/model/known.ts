import type { ErrorName } from '../../../simulator/errors.ts';
import type { ImportOperation } from './service-model.ts';

/** All operations of HealthImaging. A new one: does it start, end or report import jobs? */
export const KNOWN_OPERATIONS: readonly string[] = [
  'CopyImageSet',
  'CreateDatastore',
  'DeleteDatastore',
  'DeleteImageSet',
  'GetDICOMImportJob',
  'GetDatastore',
  'GetImageFrame',
  'GetImageSet',
  'GetImageSetMetadata',
  'ListDICOMImportJobs',
  'ListDatastores',
  'ListImageSetVersions',
  'ListTagsForResource',
  'SearchImageSets',
  'StartDICOMImportJob',
  'TagResource',
  'UntagResource',
  'UpdateImageSetMetadata',
];

const COMMON: readonly ErrorName[] = [
  'ThrottlingException',
  'ConflictException',
  'AccessDeniedException',
  'ValidationException',
  'InternalServerException',
  'ResourceNotFoundException',
];

/** The errors of each operation. A new one: does a wait fix it (`core/aws/errors.ts`), can the simulator answer it? */
export const REVIEWED_ERRORS: Readonly<Record<ImportOperation, readonly ErrorName[]>> = {
  StartDICOMImportJob: [...COMMON, 'ServiceQuotaExceededException'],
  GetDICOMImportJob: COMMON,
  ListDICOMImportJobs: COMMON,
};

/** Members of a job that are left out of the published event. */
export const NOT_IN_EVENTS: readonly string[] = [];
