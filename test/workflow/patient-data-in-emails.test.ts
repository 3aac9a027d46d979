import { expect, test } from 'vitest';
import { documented, observed } from '../support/patient-data.ts';

const disclosure = { inEvents: false, inEmails: true, manifestLinks: false };

test('each field turns up exactly where docs/patient-data.md says: disclosed in emails', async () => {
  expect(await observed(disclosure)).toEqual(documented(disclosure));
});
