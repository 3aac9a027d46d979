import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { datastoreId, lines, type SimulatorWorld, startWorld } from '../../proof/fixtures/simulator-world.ts';
import { writeStudy } from '../../simulator/index.ts';
import { BIG_ENDIAN, DEFLATED, EXPLICIT, fileOf, IMPLICIT, identity, image, pixels } from './given-files.ts';

let world: SimulatorWorld;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

async function importJob(parameters: Record<string, string> = {}) {
  const jobId = await world.start(parameters);
  await world.clock.pass(90);
  const { jobProperties } = await world.client.getDICOMImportJob({ datastoreId, jobId });
  const manifest = await world.output(jobId, 'job-output-manifest.json');
  return {
    jobId,
    jobProperties,
    summary: manifest === undefined ? undefined : JSON.parse(manifest).jobSummary,
    success: lines(await world.output(jobId, 'SUCCESS/success.ndjson')) as ReturnType<typeof JSON.parse>[],
    failure: lines(await world.output(jobId, 'FAILURE/failure.ndjson')),
    warning: lines(await world.output(jobId, 'WARNING/warning.ndjson')),
  };
}

/** A study's first image with bytes exchanged for others of the same length. */
function altered(from: string, to: string): Uint8Array {
  const bytes = writeStudy()[0]?.bytes as Uint8Array;
  const text = Buffer.from(bytes).toString('latin1');
  expect(to).toHaveLength(from.length);
  expect(text).toContain(from);
  return Buffer.from(text.replaceAll(from, to), 'latin1');
}

describe('a study with two broken files', () => {
  test('gives manifests of exactly the documented shapes', async () => {
    for (const { name, bytes } of writeStudy()) await world.put(`in/${name}`, bytes);
    const { jobId, jobProperties, summary, success } = await importJob();
    expect(jobProperties?.jobStatus).toBe('COMPLETED');
    expect(jobProperties?.message).toBeUndefined();

    const [ct1, ct2] = [success[0].importResponse.imageSetId, success[3].importResponse.imageSetId];
    expect([ct1, ct2]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), expect.not.stringMatching(ct1)]);
    const folder = `s3://out-bucket/out/${datastoreId}-DicomImport-${jobId}/`;
    expect(summary).toEqual({
      jobId,
      datastoreId,
      inputS3Uri: 's3://in-bucket/in/',
      outputS3Uri: folder,
      successOutputS3Uri: `${folder}SUCCESS/`,
      failureOutputS3Uri: `${folder}FAILURE/`,
      warningsOutputS3Uri: `${folder}WARNING/`,
      numberOfScannedFiles: 7,
      numberOfImportedFiles: 5,
      numberOfFilesWithCustomerError: 2,
      numberOfFilesWithServerError: 0,
      numberOfGeneratedImageSets: 2,
      imageSetsSummary: [
        { imageSetId: ct1, imageSetVersion: 1, isPrimary: true, numberOfMatchedSOPInstances: 3 },
        { imageSetId: ct2, imageSetVersion: 1, isPrimary: true, numberOfMatchedSOPInstances: 2 },
      ],
    });
    const line = (file: string, imageSetId: string) =>
      `{"inputFile":"in/${file}","importResponse":{"imageSetId":"${imageSetId}","imageSetVersion":1,"isPrimary":true}}\n`;
    expect(await world.output(jobId, 'SUCCESS/success.ndjson')).toBe(
      line('series-1/image-1.dcm', ct1) +
        line('series-1/image-2.dcm', ct1) +
        line('series-1/image-3.dcm', ct1) +
        line('series-2/image-1.dcm', ct2) +
        line('series-2/image-2.dcm', ct2),
    );
    expect(await world.output(jobId, 'FAILURE/failure.ndjson')).toBe(
      '{"inputFile":"in/broken/garbage.dcm","exception":{"exceptionType":"ValidationException",' +
        '"message":"DICOM attributes does not exist"}}\n' +
        '{"inputFile":"in/broken/no-sop-class.dcm","exception":{"exceptionType":"ValidationException",' +
        '"message":"DICOM attribute SOPClassUID does not exist"}}\n',
    );
    expect(await world.output(jobId, 'WARNING/warning.ndjson')).toBeUndefined();
  });

  test('keeps its image sets and raises their versions when imported again', async () => {
    for (const { name, bytes } of writeStudy()) await world.put(`in/${name}`, bytes);
    const first = await importJob();
    const second = await importJob();
    const versions = (job: typeof first) =>
      job.summary.imageSetsSummary.map((set: { imageSetVersion: number }) => set.imageSetVersion);
    expect([versions(first), versions(second)]).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(second.success[0].importResponse).toEqual({
      ...first.success[0].importResponse,
      imageSetVersion: 2,
    });
  });
});

describe('files', () => {
  test('of the same series in another data store are another image set', async () => {
    await world.put('in/1.dcm', altered('CT', 'CT'));
    const here = await importJob();
    const there = await world.client.startDICOMImportJob({
      datastoreId: 'f'.repeat(32),
      dataAccessRoleArn: 'arn:aws:iam::111122223333:role/import',
      inputS3Uri: 's3://in-bucket/in/',
      outputS3Uri: 's3://out-bucket/out',
      clientToken: 'token',
    });
    await world.clock.pass(90);
    const folder = `${'f'.repeat(32)}-DicomImport-${there.jobId}`;
    const answer = await fetch(
      `http://127.0.0.1:${world.s3Server.port}/out-bucket/out/${folder}/job-output-manifest.json`,
    );
    const { jobSummary } = (await answer.json()) as ReturnType<typeof JSON.parse>;
    expect(jobSummary.outputS3Uri).toBe(`s3://out-bucket/out/${folder}/`);
    expect(jobSummary.imageSetsSummary[0].imageSetVersion).toBe(1);
    expect(jobSummary.imageSetsSummary[0].imageSetId).not.toBe(here.summary.imageSetsSummary[0].imageSetId);
  });

  test('in conflict with their series go to an image set that is not primary', async () => {
    await world.put('in/1.dcm', altered('CT', 'CT'));
    await world.put('in/2.dcm', altered('SYNTHETIC-0001', 'SYNTHETIC-0002'));
    const { summary, success } = await importJob();
    expect(success.map((line) => line.importResponse.isPrimary)).toEqual([true, false]);
    expect(summary).toMatchObject({
      numberOfImportedFiles: 2,
      numberOfGeneratedImageSets: 2,
      imageSetsSummary: [{ isPrimary: true }, { isPrimary: false, imageSetVersion: 1 }],
    });
  });

  test('that hold the same instance twice raise the version within the job', async () => {
    await world.put('in/1.dcm', altered('CT', 'CT'));
    await world.put('in/2.dcm', altered('CT', 'CT'));
    const { summary, success } = await importJob();
    expect(success.map((line) => line.importResponse.imageSetVersion)).toEqual([1, 2]);
    expect(summary.imageSetsSummary).toEqual([
      expect.objectContaining({ imageSetVersion: 2, numberOfMatchedSOPInstances: 1 }),
    ]);
  });

  test('are found over many pages, markers of folders are not files', async () => {
    await Promise.all(Array.from({ length: 1003 }, (_, number) => world.put(`in/${number}`, 'x')));
    await world.put('in/folder/', '');
    const { summary, failure } = await importJob();
    expect(summary).toMatchObject({ numberOfScannedFiles: 1003, numberOfFilesWithCustomerError: 1003 });
    expect(failure).toHaveLength(1003);
  });

  test('need not be there: an empty prefix completes with nothing', async () => {
    const { jobProperties, summary } = await importJob();
    expect(jobProperties?.jobStatus).toBe('COMPLETED');
    expect(summary).toMatchObject({ numberOfScannedFiles: 0, imageSetsSummary: [] });
  });

  test.each([
    [
      'an unknown transfer syntax',
      () => altered('1.2.840.10008.1.2.1\0', '1.2.840.10008.1.2.9\0'),
      45344,
      'UnsupportedTransferSyntax',
    ],
    [
      'a UID with a leading zero',
      () => altered('2.25.900000000000100000000', '2.25.9000000.0000100000000'),
      45570,
      'InvalidUidFormat',
    ],
    ['an offset table that points nowhere', () => encapsulated(4), 45330, 'InvalidOffsetTable'],
  ])('with %s are imported with a warning', async (_, bytes, code, type) => {
    await world.put('in/1.dcm', bytes());
    const { summary, success, warning } = await importJob();
    expect(summary.numberOfImportedFiles).toBe(1);
    expect(warning).toEqual([
      {
        inputFile: 'in/1.dcm',
        importResponse: {
          ...success[0].importResponse,
          warnings: [{ warning_reason_code: code, type, message: expect.stringMatching(/^The file was/) }],
        },
      },
    ]);
  });

  test('with a good offset table give no warning', async () => {
    await world.put('in/1.dcm', encapsulated(0));
    const { summary, warning } = await importJob();
    expect(summary.numberOfImportedFiles).toBe(1);
    expect(warning).toEqual([]);
  });

  test('in any encoding are imported, and refused without their last byte', async () => {
    const syntaxes = { explicit: EXPLICIT, implicit: IMPLICIT, bigEndian: BIG_ENDIAN, deflated: DEFLATED };
    for (const [name, syntax] of Object.entries(syntaxes)) {
      const bytes = fileOf([...identity, ...image(), pixels(Buffer.alloc(16))], syntax);
      await world.put(`in/${name}`, bytes);
      await world.put(`in/${name}-cut`, bytes.subarray(0, -1));
    }
    const { summary, success, failure, warning } = await importJob();
    expect(summary).toMatchObject({ numberOfImportedFiles: 4, numberOfFilesWithCustomerError: 4 });
    const exception = {
      exceptionType: 'ValidationException',
      message: 'DICOM file is truncated or malformed',
    };
    const names = Object.keys(syntaxes).sort();
    expect(success.map((line) => line.inputFile)).toEqual(names.map((name) => `in/${name}`));
    expect(failure).toEqual(names.map((name) => ({ inputFile: `in/${name}-cut`, exception })));
    expect(warning).toEqual([]);
  });

  test.each(['SOPClassUID', 'SOPInstanceUID', 'StudyInstanceUID', 'SeriesInstanceUID', 'TransferSyntaxUID'])(
    'without %s are refused by its name',
    async (attribute) => {
      await world.put('in/1.dcm', without(attribute));
      const { failure } = await importJob();
      expect(failure).toEqual([
        {
          inputFile: 'in/1.dcm',
          exception: {
            exceptionType: 'ValidationException',
            message: `DICOM attribute ${attribute} does not exist`,
          },
        },
      ]);
    },
  );

  test.each([0, 1, 131, 132])('of %d bytes are no DICOM at all', async (length) => {
    await world.put('in/1.dcm', altered('CT', 'CT').subarray(0, length));
    const { failure } = await importJob();
    expect(failure).toMatchObject([{ exception: { exceptionType: 'ValidationException' } }]);
  });

  test('that are truncated are refused', async () => {
    await world.put('in/1.dcm', altered('CT', 'CT').subarray(0, 980));
    const { failure } = await importJob();
    expect(failure).toMatchObject([{ exception: { message: 'DICOM file is truncated or malformed' } }]);
  });
});

describe('a job', () => {
  test.each([
    ['inputS3Uri', 's3://no-such-bucket/in'],
    ['outputS3Uri', 's3://no-such-bucket/out'],
  ])('fails when the bucket of %s is missing', async (parameter, uri) => {
    await world.put('in/1.dcm', altered('CT', 'CT'));
    const { jobProperties } = await importJob({ [parameter]: uri });
    expect(jobProperties?.jobStatus).toBe('FAILED');
    expect(jobProperties?.message).toMatch(/^DICOM import job has failed\.\nNoSuchBucket: /);
    expect(world.events.at(-1)?.['detail-type']).toBe('Import Job Failed');
  });
});

test('files without lines can be written empty, and failed jobs can have a manifest', async () => {
  await world.stop();
  world = await startWorld({
    emptyFiles: 'written',
    manifestOfFailedJobs: 'written',
    faults: { jobs: [{ jobName: 'bad', failWith: 'Broken' }] },
  });
  const completed = await importJob();
  for (const name of ['SUCCESS/success.ndjson', 'FAILURE/failure.ndjson', 'WARNING/warning.ndjson']) {
    expect(await world.output(completed.jobId, name)).toBe('');
  }
  const failed = await importJob({ jobName: 'bad' });
  expect(failed.jobProperties).toMatchObject({ jobStatus: 'FAILED', message: 'Broken' });
  expect(failed.summary).toMatchObject({ numberOfScannedFiles: 0 });
});

/** The study's first image with its pixels as one RLE fragment behind an offset table of one entry. */
function encapsulated(offset: number): Uint8Array {
  const bytes = altered('1.2.840.10008.1.2.1\0', '1.2.840.10008.1.2.5\0');
  const at = Buffer.from(bytes).indexOf(Buffer.from('e07f1000', 'hex'));
  const item = Buffer.from('feff00e004000000', 'hex');
  // The header of two segments, and two bytes for each.
  const frame = Buffer.from(`020000004000000042000000${'00'.repeat(52)}01020304`, 'hex');
  return Buffer.concat([
    bytes.subarray(0, at),
    Buffer.from('e07f10004f420000ffffffff', 'hex'),
    Buffer.concat([item, Buffer.of(offset, 0, 0, 0)]),
    Buffer.from(`feff00e044000000${frame.toString('hex')}`, 'hex'),
    Buffer.from('feffdde000000000', 'hex'),
  ]);
}

/** The study's first image with an attribute renumbered into a private one, which leaves all lengths as they are. */
function without(attribute: string): Uint8Array {
  const tags: Record<string, string> = {
    SOPClassUID: '08001600',
    SOPInstanceUID: '08001800',
    StudyInstanceUID: '20000d00',
    SeriesInstanceUID: '20000e00',
    TransferSyntaxUID: '02001000',
  };
  const bytes = Buffer.from(altered('CT', 'CT'));
  const at = bytes.indexOf(Buffer.from(`${tags[attribute]}5549`, 'hex'));
  bytes[at + 2] = 0x0f;
  return bytes;
}
