import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { DEFAULT_POLL_SCHEDULE } from '../../lib/index.ts';
import { costOf, costTable } from '../../scripts/cost.ts';
import { defaultDefinition } from '../../scripts/definition.ts';
import { diagram } from '../../scripts/diagram.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const definition = defaultDefinition();

test('the README shows the diagram of the synthesized definition', () => {
  expect(readme).toContain(`\`\`\`mermaid\n${diagram(definition)}\n\`\`\``);
});

test('the README shows what the cost command prints', () => {
  expect(readme).toContain(`\`\`\`\n${costTable(definition, DEFAULT_POLL_SCHEDULE)}\n\`\`\``);
});

test('a job of 90 s with the default schedule is looked at four times: 3 turns of 3 states, then 6 to the end', () => {
  expect(costOf(definition, DEFAULT_POLL_SCHEDULE, 90)).toMatchObject({ checks: 4, transitions: 3 * 3 + 6 });
});

test('the README begins with the two lines that do everything', () => {
  const [first] = readme.match(/```\n[^`]*```/) ?? [];
  expect(first).toMatch(/^```\nnpm ci && npm run demo\b.*\nnpm ci && npm test\n```$/);
});
