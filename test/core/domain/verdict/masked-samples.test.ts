import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { completed, counters, manifest, reportOf } from '../given.ts';

const samples = new URL('../../../../../shared/samples/manifests', import.meta.url).pathname;
if (!existsSync(samples)) {
  console.warn('masked-samples.test.ts: no sample files at ../shared/samples/manifests, skipped');
}

describe.skipIf(!existsSync(samples))('values in the reasons of', () => {
  test.each([
    ['curly', 'Value # is too long', /DOE|JOHN/],
    ['fullwidth', 'Patient ID # is not allowed for #', /[\uFF10-\uFF19]|山田|太郎/],
    ['plain', 'DICOM attribute SOPClassUID does not exist', /^$/],
  ])('%s are in no email, chat message or event', (name, message, value) => {
    const failure = readFileSync(`${samples}/${name}/FAILURE/failure.ndjson`, 'utf8').trim().split('\n');
    const { detail, email, chat } = reportOf(completed, manifest(counters(3, 2, 1), { failure }), 0);
    expect(detail.data.failures).toMatchObject([{ exceptionType: 'ValidationException', message, count: 1 }]);
    expect(email.body).toContain(`1 x ValidationException: ${message}\n`);
    expect(JSON.stringify([detail, email, chat])).not.toMatch(value);
  });
});
