import { expect, test } from 'vitest';
import { documented, observed } from '../support/patient-data.ts';

const disclosure = { inEvents: true, inEmails: false, manifestLinks: false };

test('each field turns up exactly where docs/patient-data.md says: disclosed in events, without links', async () => {
  expect(await observed(disclosure)).toEqual(documented(disclosure));
});
