import { expect, test } from 'vitest';
import { documented, observed } from '../support/patient-data.ts';

const disclosure = { inEvents: false, inEmails: false, manifestLinks: true };

test('each field turns up exactly where docs/patient-data.md says: by default', async () => {
  expect(await observed(disclosure)).toEqual(documented(disclosure));
});
