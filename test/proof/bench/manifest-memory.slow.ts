import { expect, test } from 'vitest';
import { CONTENTS, growth } from '../../../proof/bench/manifest-memory.ts';

test.each(CONTENTS)(
  '%i, %s: to read it takes less than 64 MB',
  (count, content) => {
    expect(growth(count, content)).toBeLessThan(64);
  },
  600_000,
);
