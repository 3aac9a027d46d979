import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExternalSort } from '../../../cli/report/external-sort.ts';
import { byteOrder } from '../../../core/domain/campaign/byte-order.ts';

const TEXTS = {
  compare: (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0),
  encode: (text: string) => JSON.stringify(text),
  decode: (line: string): string => JSON.parse(line),
};

test.each([0, 1000, 1e9])(
  'with %i bytes of memory it sorts what it got, as often as it is asked',
  (bytes) => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 300 }), (texts) => {
        const sort = new ExternalSort(TEXTS, bytes);
        for (const text of texts) sort.add(text, text.length);
        for (let i = 0; i < 2; i++) expect([...sort.sorted()]).toEqual(texts.toSorted(TEXTS.compare));
        sort.close();
      }),
      { numRuns: 30 },
    );
  },
);

test('the file has no name while it is there', () => {
  const names = () =>
    readdirSync(tmpdir()).filter((name) => /^dicom-import-watcher-[\da-f-]{36}$/.test(name));
  const before = names();
  const sort = new ExternalSort(TEXTS, 0);
  sort.add('patient', 7);
  expect(names()).toEqual(before);
  expect([...sort.sorted()]).toEqual(['patient']);
  sort.close();
});

test('keys are in the order of their bytes in UTF-8, as S3 has them', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
      const [left, right] = [byteOrder(a), byteOrder(b)];
      const order = left < right ? -1 : left > right ? 1 : 0;
      expect(order).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
  );
});
