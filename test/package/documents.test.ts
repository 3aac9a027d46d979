import { describe, expect, test } from 'vitest';
import { readSettings } from '../../bin/settings.ts';
import { blocksOf, DOCUMENTS } from '../../proof/verify/documents.ts';

const blocks = await Promise.all(
  DOCUMENTS.map(async (document) => (await blocksOf(document)).map((block) => ({ document, ...block }))),
);
const examples = (language: string) => blocks.flat().filter((block) => block.language === language);

describe('an example of JSON', () => {
  test.each(examples('json').map(({ document, text }, i) => [`${document} (${i})`, text] as const))(
    'in %s can be read',
    (_, text) => {
      expect(() => JSON.parse(text)).not.toThrow();
    },
  );

  const settings = examples('json').filter(({ document }) => document === 'README.md');
  test.each(settings.map(({ text }) => text))('of settings is accepted: %s', (text) => {
    const given = JSON.parse(text);
    expect(readSettings({ outputBuckets: ['my-import-output'], ...given })).toMatchObject(
      'emails' in given ? { emails: expect.anything() } : {},
    );
  });

  test('of the README is one of settings', () => {
    expect(settings).toHaveLength(2);
  });
});

// `npm run test:python` runs it; `npm run test:slow` compiles those in TypeScript.
test('an example in Python is in the README, and one for consumers in the event contract', () => {
  expect(examples('python').map(({ document }) => document)).toEqual(['README.md', 'docs/event-contract.md']);
});

test('no example is in a language that nobody checks', () => {
  const languages = new Set(blocks.flat().map(({ language }) => language));
  // `npm run diagram` draws the one in mermaid.
  expect([...languages].sort()).toEqual(['', 'json', 'mermaid', 'python', 'ts']);
});
