import {
  AccessDeniedException,
  GetDICOMImportJobCommand,
  MedicalImagingClient,
  ThrottlingException,
} from '@aws-sdk/client-medical-imaging';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readImportJob } from '../../../lambda/runtime/import-job.ts';
import { mockClient } from '../../support/mock-client.ts';
import { job, SECRET } from '../given.ts';

const healthImaging = mockClient(MedicalImagingClient);
let lines: string[];
beforeEach(() => {
  healthImaging.reset();
  lines = [];
  process.env.POWERTOOLS_METRICS_DISABLED = 'false';
  process.env.POWERTOOLS_DEV = 'true';
  vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)));
});
afterEach(() => {
  vi.restoreAllMocks();
  process.env.POWERTOOLS_METRICS_DISABLED = 'true';
  delete process.env.POWERTOOLS_DEV;
});

const read = () => readImportJob(new MedicalImagingClient({}), job);

test('a read that HealthImaging throttles is counted, and fails as any that may succeed later', async () => {
  const error = { message: SECRET, $metadata: { httpStatusCode: 429 } };
  healthImaging.on(GetDICOMImportJobCommand).rejects(new ThrottlingException(error));
  await expect(read()).rejects.toMatchObject({
    name: 'HealthImagingUnavailable',
    message: 'GetDICOMImportJob: ThrottlingException, HTTP 429',
  });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ HealthImagingThrottled: 1 }]);
});

test('one that fails otherwise is not', async () => {
  const error = { message: SECRET, $metadata: { httpStatusCode: 403 } };
  healthImaging.on(GetDICOMImportJobCommand).rejects(new AccessDeniedException(error));
  await expect(read()).rejects.toMatchObject({ name: 'HealthImagingRefused' });
  expect(lines).toEqual([]);
});
