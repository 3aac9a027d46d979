import { expect, test } from 'vitest';
import { publishedJob } from '../../../../core/domain/notices/published-job.ts';
import { completed, times } from '../given.ts';

const mapping = { studyInstanceUID: '1.2.826.77', metadataFilePath: 'DOE/a.json' };
const job = {
  ...completed,
  importConfiguration: {
    dicomJsonMetadataImportConfiguration: { dicomMetadataMappings: times(12, mapping) },
  },
};

test('by default importConfiguration is how long its lists are', () => {
  expect(publishedJob(job, false)).toEqual({
    ...completed,
    importConfiguration: { dicomJsonMetadataImportConfiguration: { dicomMetadataMappingsCount: 12 } },
  });
});

test('disclosed it has the first ten entries as well', () => {
  expect(publishedJob(job, true).importConfiguration).toEqual({
    dicomJsonMetadataImportConfiguration: {
      dicomMetadataMappingsCount: 12,
      dicomMetadataMappings: times(10, mapping),
    },
  });
});
