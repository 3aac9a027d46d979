import { expect, test } from 'vitest';
import { consoleLinks } from '../../../../core/domain/notices/console-links.ts';
import { manifestLocations } from '../../../../core/domain/verdict/manifest-location.ts';
import { datastoreId, folder, jobId } from '../given.ts';

const job = { datastoreId, jobId };

test.each([
  ['aws', 'eu-west-1', 'https://eu-west-1.console.aws.amazon.com'],
  ['aws-cn', 'cn-north-1', 'https://cn-north-1.console.amazonaws.cn'],
  ['aws-us-gov', 'us-gov-west-1', 'https://us-gov-west-1.console.amazonaws-us-gov.com'],
])('in the partition %s', (partition, region, console) => {
  const arn = `arn:${partition}:states:${region}:111122223333:execution:watch:${datastoreId}-${jobId}`;
  expect(consoleLinks(arn, manifestLocations('s3://out-bucket/out/', job))).toEqual({
    datastores: `${console}/medical-imaging/home?region=${region}`,
    execution: `${console}/states/home?region=${region}#/v2/executions/details/${arn}`,
    manifests: `${console}/s3/buckets/out-bucket?region=${region}&prefix=out%2F${folder}%2F`,
  });
});

test('a prefix may have any character', () => {
  const arn = 'arn:aws:states:us-east-1:111122223333:execution:watch:x';
  const { manifests } = consoleLinks(arn, manifestLocations('s3://out-bucket/a b&c=ü/', job)) ?? {};
  expect(new URL(manifests ?? '').searchParams.get('prefix')).toBe(`a b&c=ü/${folder}/`);
});

test('a partition whose console is not known has no links', () => {
  expect(consoleLinks('arn:aws-iso:states:us-iso-east-1:111122223333:execution:watch:x')).toBeUndefined();
});
