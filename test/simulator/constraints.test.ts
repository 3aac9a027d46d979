import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  datastoreId,
  raw,
  type SimulatorWorld,
  startParameters,
  startWorld,
} from '../../proof/fixtures/simulator-world.ts';

let world: SimulatorWorld;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const startPath = `/startDICOMImportJob/datastore/${datastoreId}`;
const good = { ...startParameters, clientToken: 'token' };
const mapping = { studyInstanceUID: '1.2', metadataFilePath: 'a.json' };
const mappings = (...dicomMetadataMappings: unknown[]) => ({
  importConfiguration: { dicomJsonMetadataImportConfiguration: { dicomMetadataMappings } },
});
const inMappings = (at: string) =>
  `importConfiguration.dicomJsonMetadataImportConfiguration.dicomMetadataMappings${at}`;

const badStarts: [field: string, changes: Record<string, unknown>, constraint: string][] = [
  ['dataAccessRoleArn', { dataAccessRoleArn: undefined }, 'Member must not be null'],
  ['dataAccessRoleArn', { dataAccessRoleArn: null }, 'Member must not be null'],
  ['dataAccessRoleArn', { dataAccessRoleArn: 7 }, 'Member must be of type string'],
  ['dataAccessRoleArn', { dataAccessRoleArn: 'arn:aws:iam::1:x' }, 'length greater than or equal to 20'],
  ['dataAccessRoleArn', { dataAccessRoleArn: 'arn:aws:iam::123:role/import' }, 'regular expression'],
  [
    'dataAccessRoleArn',
    { dataAccessRoleArn: `arn:aws:iam::111122223333:role/${'x'.repeat(2048)}` },
    'length less than or equal to 2048',
  ],
  ['clientToken', { clientToken: undefined }, 'Member must not be null'],
  ['clientToken', { clientToken: '' }, 'length greater than or equal to 1'],
  ['clientToken', { clientToken: 'x'.repeat(65) }, 'length less than or equal to 64'],
  ['clientToken', { clientToken: 'a/b' }, 'regular expression'],
  ['inputS3Uri', { inputS3Uri: undefined }, 'Member must not be null'],
  ['inputS3Uri', { inputS3Uri: 'https://bucket/in' }, 'regular expression'],
  ['inputS3Uri', { inputS3Uri: 's3://Bucket/in' }, 'regular expression'],
  ['inputS3Uri', { inputS3Uri: `s3://bucket/${'x'.repeat(1024)}` }, 'length less than or equal to 1024'],
  ['outputS3Uri', { outputS3Uri: undefined }, 'Member must not be null'],
  ['outputS3Uri', { outputS3Uri: 's3://b/' }, 'regular expression'],
  ['jobName', { jobName: '' }, 'length greater than or equal to 1'],
  ['jobName', { jobName: 'x'.repeat(65) }, 'length less than or equal to 64'],
  ['jobName', { jobName: 'with space' }, 'regular expression'],
  ['inputOwnerAccountId', { inputOwnerAccountId: '12345678901' }, 'greater than or equal to 12'],
  ['inputOwnerAccountId', { inputOwnerAccountId: '12345678901x' }, 'regular expression'],
  ['importConfiguration', { importConfiguration: { other: {} } }, ''],
  [
    'importConfiguration',
    { importConfiguration: { ...mappings(mapping).importConfiguration, other: {} } },
    'Unknown union member: other',
  ],
  [inMappings(''), mappings(), 'length greater than or equal to 1'],
  [inMappings(''), mappings(...Array(1001).fill(mapping)), 'length less than or equal to 1000'],
  [inMappings('.0.studyInstanceUID'), mappings({ metadataFilePath: 'a' }), 'Member must not be null'],
  [inMappings('.0.studyInstanceUID'), mappings({ ...mapping, studyInstanceUID: 'x' }), 'regular expression'],
  [inMappings('.0.studyInstanceUID'), mappings({ ...mapping, studyInstanceUID: '' }), 'regular expression'],
  [
    inMappings('.0.seriesInstanceUID'),
    mappings({ ...mapping, seriesInstanceUID: '1'.repeat(513) }),
    'length less than or equal to 512',
  ],
  [inMappings('.0.metadataFilePath'), mappings({ ...mapping, metadataFilePath: '' }), 'than or equal to 1'],
  [
    inMappings('.0.metadataFilePath'),
    mappings({ ...mapping, metadataFilePath: 'ä.json' }),
    'regular expression',
  ],
  [
    inMappings('.0.metadataFilePath'),
    mappings({ ...mapping, metadataFilePath: 'a.json ' }),
    'regular expression',
  ],
  [inMappings('.1.metadataFilePath'), mappings(mapping, { studyInstanceUID: '1' }), 'must not be null'],
];

test.each(badStarts)('%#: Start refuses a bad %s', async (field, changes, constraint) => {
  const answer = await raw(world.simulator.endpoint, 'POST', startPath, { ...good, ...changes });
  expect(answer).toMatchObject({ status: 400, error: 'ValidationException' });
  expect(Object.keys(answer.body)).toEqual(['message']);
  const { message } = answer.body;
  expect(message).toContain('validation error');
  expect(message).toContain(`Value at '${field}`);
  expect(message).toContain(constraint);
});

test.each([
  ['longest', { jobName: 'x'.repeat(64), clientToken: 'A'.repeat(64), inputOwnerAccountId: '123456789012' }],
  ['other partition', { dataAccessRoleArn: 'arn:aws-us-gov:iam::111122223333:role/a/b' }],
  ['no key', { inputS3Uri: 's3://in-bucket', outputS3Uri: 's3://out.bucket-1' }],
  ['special characters', { jobName: 'a._/#-Z9', clientToken: 'a._-Z9' }],
  ['most mappings', { ...mappings(...Array(1000).fill(mapping)), clientToken: 'mappings' }],
  ['members nobody knows', { somethingNew: true, clientToken: 'new' }],
])('Start takes the %s', async (_, changes) => {
  const answer = await raw(world.simulator.endpoint, 'POST', startPath, {
    ...good,
    clientToken: `token-${_.replaceAll(' ', '-')}`,
    ...changes,
  });
  expect(answer).toMatchObject({ status: 200, body: { jobStatus: 'SUBMITTED' } });
});

test('all broken constraints are reported at once, without values', async () => {
  const answer = await raw(world.simulator.endpoint, 'POST', startPath, {
    ...good,
    jobName: 'Jane Doe',
    inputS3Uri: 'jane',
  });
  expect(answer.body.message).toBe(
    "2 validation errors detected: Value at 'inputS3Uri' failed to satisfy constraint: Member must satisfy regular " +
      'expression pattern: ^s3:\\/\\/[a-z0-9][.\\-a-z0-9]{1,61}[a-z0-9](\\/.*)?$; ' +
      "Value at 'jobName' failed to satisfy constraint: Member must satisfy regular expression pattern: " +
      '^[A-Za-z0-9._/#-]+$',
  );
});

test.each([['{"jobName":'], ['[]'], ['"text"'], ['null'], ['']])(
  'Start refuses the body %j',
  async (text) => {
    const answer = await raw(world.simulator.endpoint, 'POST', startPath, text);
    expect(answer).toMatchObject({ status: 400, error: 'ValidationException' });
  },
);

test.each([
  ['datastoreId', 'POST', '/startDICOMImportJob/datastore/short'],
  ['datastoreId', 'GET', `/getDICOMImportJob/datastore/${'A'.repeat(32)}/job/1`],
  ['jobId', 'GET', `/getDICOMImportJob/datastore/${datastoreId}/job/${'1'.repeat(33)}`],
  ['jobId', 'GET', `/getDICOMImportJob/datastore/${datastoreId}/job/ABC`],
  ['datastoreId', 'GET', `/listDICOMImportJobs/datastore/${'1'.repeat(33)}`],
  ['jobStatus', 'GET', `/listDICOMImportJobs/datastore/${datastoreId}?jobStatus=DONE`],
  ['maxResults', 'GET', `/listDICOMImportJobs/datastore/${datastoreId}?maxResults=0`],
  ['maxResults', 'GET', `/listDICOMImportJobs/datastore/${datastoreId}?maxResults=51`],
  ['maxResults', 'GET', `/listDICOMImportJobs/datastore/${datastoreId}?maxResults=many`],
  ['nextToken', 'GET', `/listDICOMImportJobs/datastore/${datastoreId}?nextToken=`],
  ['nextToken', 'GET', `/listDICOMImportJobs/datastore/${datastoreId}?nextToken=%C3%A4`],
  ['nextToken', 'GET', `/listDICOMImportJobs/datastore/${datastoreId}?nextToken=bogus`],
  ['nextToken', 'GET', `/listDICOMImportJobs/datastore/${datastoreId}?nextToken=${'x'.repeat(8193)}`],
])('a bad %s is refused: %s %.90s', async (field, method, path) => {
  const answer = await raw(world.simulator.endpoint, method, path, method === 'POST' ? good : undefined);
  expect(answer).toMatchObject({ status: 400, error: 'ValidationException' });
  expect(answer.body.message).toContain(`'${field}'`);
});

test('a badly encoded path is refused', async () => {
  const path = `/getDICOMImportJob/datastore/${datastoreId}/job/%E0%A4%A`;
  const answer = await raw(world.simulator.endpoint, 'GET', path);
  expect(answer).toMatchObject({ status: 400, error: 'ValidationException' });
});
