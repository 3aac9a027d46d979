import { expect, test } from 'vitest';
import { counted } from '../../../core/domain/counted.ts';

test.each([
  [0, '0 files', '0 entries'],
  [1, '1 file', '1 entry'],
  [2, '2 files', '2 entries'],
])('%d things', (count, files, entries) => {
  expect(counted(count, 'file')).toBe(files);
  expect(counted(count, 'entry', 'entries')).toBe(entries);
});
