import { describe, expect, test } from 'vitest';
import { manifestLocations, s3Uri } from '../../../../core/domain/verdict/manifest-location.ts';
import { datastoreId, folder, jobId } from '../given.ts';

const job = { datastoreId, jobId };
const other = `${datastoreId}-DicomImport-${'a'.repeat(32)}`;

test.each([
  ['the prefix given to Start', 's3://bucket/out/', `out/${folder}/`],
  ['the prefix without its slash', 's3://bucket/out', `out/${folder}/`],
  ['a deep prefix', 's3://bucket/a b/c', `a b/c/${folder}/`],
  ['a bare bucket', 's3://bucket', `${folder}/`],
  ['a bare bucket with a slash', 's3://bucket/', `${folder}/`],
  ["the job's folder", `s3://bucket/out/${folder}/`, `out/${folder}/`],
  ["the job's folder without its slash", `s3://bucket/out/${folder}`, `out/${folder}/`],
  ["the job's folder at the top", `s3://bucket/${folder}/`, `${folder}/`],
  ['the folder of another job', `s3://bucket/out/${other}/`, `out/${other}/${folder}/`],
  ['a folder whose name only ends alike', `s3://bucket/x${folder}/`, `x${folder}/${folder}/`],
  ['a folder below the job’s', `s3://bucket/${folder}/sub`, `${folder}/sub/${folder}/`],
])('%s', (_, outputS3Uri, root) => {
  expect(manifestLocations(outputS3Uri, job)).toEqual({
    job: { bucket: 'bucket', key: `${root}job-output-manifest.json` },
    success: { bucket: 'bucket', key: `${root}SUCCESS/success.ndjson` },
    failure: { bucket: 'bucket', key: `${root}FAILURE/failure.ndjson` },
    warning: { bucket: 'bucket', key: `${root}WARNING/warning.ndjson` },
  });
});

describe('what is not an S3 URI', () => {
  test.each(['', 'DOE', 's3://', 's3:///DOE', 'https://DOE.s3.amazonaws.com/out', 'xs3://DOE/out'])(
    '%j is refused, and not repeated',
    (outputS3Uri) => {
      expect(() => manifestLocations(outputS3Uri, job)).toThrow(
        new Error('outputS3Uri is not an S3 URI, expected s3://bucket/prefix'),
      );
    },
  );
});

test('a location as a URI', () => {
  expect(s3Uri({ bucket: 'bucket', key: 'a/b c.json' })).toBe('s3://bucket/a/b c.json');
});
