import { test } from 'vitest';
import { changeBytes } from './encodings.ts';

test('whatever bytes are changed, a file is read or refused', () => {
  return changeBytes(100_000);
});
