import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { MUTATIONS } from '../../chaos/mutations.ts';

test.each(MUTATIONS.map((mutation) => [mutation.what, mutation] as const))(
  'the line to change is there, once: %s',
  (_, { file, from }) => {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    expect(text.split(from)).toHaveLength(2);
  },
);
