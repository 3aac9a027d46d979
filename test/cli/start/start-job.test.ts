import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NO_ANSWER_SECONDS } from '../../../cli/aws/backoff.ts';
import { placeOf, problemsOf, size } from '../../../cli/start/problems.ts';
import { QUOTAS } from '../../../cli/start/quotas.ts';
import { startJob } from '../../../cli/start/start-job.ts';
import { type S3Object, survey } from '../../../cli/start/survey.ts';
import {
  datastoreId,
  type SimulatorWorld,
  startParameters,
  startWorld,
} from '../../../proof/fixtures/simulator-world.ts';

const input = placeOf('s3://in-bucket/in/');
const output = placeOf('s3://out-bucket/out/');
async function* objects(...some: (string | [key: string, bytes: number])[]): AsyncGenerator<S3Object> {
  for (const one of some)
    yield typeof one === 'string' ? { key: one, bytes: 1 } : { key: one[0], bytes: one[1] };
}
const many = (count: number, name: (i: number) => string) => Array.from({ length: count }, (_, i) => name(i));
const problems = async (...some: Parameters<typeof objects>) =>
  problemsOf(input, output, await survey(objects(...some), 'in/'));

describe('an input', () => {
  test('within the quotas, with names of DICOM files, has no problem', async () => {
    const names = ['in/', 'in/a/', 'in/a/1.dcm', 'in/IM0001', 'in/1.2.840.113619.2', 'in/b.IMA', 'in/c.DCM'];
    expect(await problems(...names)).toEqual([]);
    expect(await problems(...many(QUOTAS.files, (i) => `in/${i}`))).toEqual([]);
  });

  test('is counted without the markers of folders', async () => {
    const found = await survey(objects(['in/a/', 0], ['in/a/1', 5], ['in/b/c/2', 7]), 'in/');
    expect(found).toMatchObject({ files: 2, bytes: 12, largestBytes: 7, folders: 2, truncated: false });
  });

  test.each<[string, Parameters<typeof objects>, RegExp]>([
    ['too many files', many(QUOTAS.files + 1, (i) => `in/${i}`), /more than 5,000 files.*L-685AAB3A/],
    [
      'too many bytes',
      [
        ['in/1', 6e9],
        ['in/2', 6e9],
      ],
      /The files have 11\.2 GB, but a job may have 10\.0 GB/,
    ],
    ['nothing', ['in/'], /There is no file in s3:\/\/in-bucket\/in\//],
    ['a directory of DICOM', ['in/1', 'in/DICOMDIR'], /By their names, 1 file \(1 dicomdir\) is not DICOM/],
    [
      'strays of many kinds',
      ['in/1', 'in/a.txt', 'in/.DS_Store', 'in/b.JSON', 'in/_SUCCESS', 'in/DOE^JOHN.TXT'],
      /5 files \(2 \.txt, 1 \.ds_store, 1 \.json, 1 _success\) are not DICOM/,
    ],
  ])('with %s has a problem', async (_, some, message) => {
    expect(await problems(...some)).toEqual([expect.stringMatching(message)]);
  });

  test('looks at no more than it has to', async () => {
    let yielded = 0;
    const endless = (async function* () {
      for (;;) yield { key: `in/${yielded++}`, bytes: 1 };
    })();
    expect(await survey(endless, 'in/')).toMatchObject({ truncated: true });
    expect(yielded).toBe(QUOTAS.files + 1);
  });

  test('sizes are written as in the console of S3', () => {
    expect([0, 1023, 1024, 10 * 1024 ** 3].map(size)).toEqual(['0 bytes', '1023 bytes', '1.0 KB', '10.0 GB']);
  });
});

describe('starting a job', () => {
  let world: SimulatorWorld;
  beforeAll(async () => {
    world = await startWorld({ quotas: { concurrentJobs: 1 } });
    await world.put('in/1', 'x');
  });
  afterAll(() => world.stop());

  const request = (clientToken: string) => ({ ...startParameters, clientToken });
  const telling = () => {
    const told: [what: string, seconds: number][] = [];
    return {
      told,
      observer: { trouble: (what: string, seconds: number) => void told.push([what, seconds]) },
    };
  };

  test('waits for a place in a full data store', async () => {
    await world.start();
    const { told, observer } = telling();
    const time = { now: () => world.clock.now(), sleep: (ms: number) => world.clock.pass(ms / 1000) };
    const started = await startJob(world.client, request('full'), observer, time);
    expect(started).toMatchObject({ datastoreId, jobStatus: 'SUBMITTED' });
    expect(told[0]?.[0]).toBe('the data store has as many running import jobs as it may');
    // The job takes 90 s.
    expect(told.reduce((sum, [, seconds]) => sum + seconds, 0)).toBeGreaterThanOrEqual(90);
    for (const [, seconds] of told) expect(seconds).toBeGreaterThanOrEqual(15);
  });

  test('gives up where HealthImaging does not answer for a minute', async () => {
    world.simulator.faults.request({ kind: 'drop' });
    let now = 0;
    const { told, observer } = telling();
    const time = {
      now: () => now,
      sleep: async (ms: number) => {
        now += ms;
      },
    };
    await expect(startJob(world.client, request('dropped'), observer, time)).rejects.toThrow();
    expect(told.length).toBeGreaterThan(3);
    expect(now / 1000).toBeGreaterThanOrEqual(NO_ANSWER_SECONDS);
    world.simulator.faults.clear();
  });
});
