import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MUTATIONS } from '../../../proof/chaos/mutations.ts';

const changes = MUTATIONS.flatMap((one) => [one, ...(one.and ? [{ what: one.what, ...one.and }] : [])]);

test.each(changes.map((change) => [change.what, change] as const))(
  'the line to change is there, once: %s',
  (_, { file, from }) => {
    const text = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
    expect(text.split(from)).toHaveLength(2);
  },
);
