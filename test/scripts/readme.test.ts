import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { costAtRest, costAtRestTable, costOf, costTable, spreadJobsTable } from '../../scripts/cost.ts';
import { defaultDefinition, defaultTemplate } from '../../scripts/definition.ts';
import { diagram } from '../../scripts/diagram.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const definition = defaultDefinition();

test('docs/architecture.md shows the diagram of the synthesized definition', () => {
  const page = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');
  expect(page).toContain(`\`\`\`mermaid\n${diagram(definition)}\n\`\`\``);
});

test('the README and docs/cost.md show what the cost command prints', () => {
  const jobs = costTable(definition);
  const atRest = costAtRestTable(defaultTemplate());
  expect(readme).toContain(`\`\`\`\n${jobs}\n\n${atRest}\n\`\`\``);
  const cost = readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8');
  for (const table of [jobs, atRest, spreadJobsTable(definition)])
    expect(cost).toContain(`\`\`\`\n${table}\n\`\`\``);
  const withoutDashboard = costAtRest(defaultTemplate()).slice(0, -1);
  const dollars = withoutDashboard.reduce((sum, [, each]) => sum + each, 0);
  expect(cost.replaceAll('\n', ' ')).toContain(
    `With the prop \`dashboard: false\` there is no dashboard, and an idle month costs ${dollars.toFixed(2)}.`,
  );
});

test('at rest the alarms cost by metric, and the sweep by its interval', () => {
  const alarm = (Metrics?: object[]) => ({
    Type: 'AWS::CloudWatch::Alarm',
    Properties: Metrics ? { Metrics } : {},
  });
  const Resources = {
    one: alarm(),
    sum: alarm([{ Expression: 'a + b' }, { MetricStat: {} }, { MetricStat: {} }]),
    key: { Type: 'AWS::KMS::Key' },
    sweep: { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'rate(1 hour)' } },
  };
  expect(costAtRest({ Resources })).toMatchObject([
    ['2 alarms on 3 metrics', expect.closeTo(0.3)],
    ['9 metrics of the sweep', expect.closeTo(2.7)],
    ['730 sweeps', expect.closeTo(730 * 6.87e-6)],
    ['1 keys', 1],
    ['0 dashboards', 0],
  ]);
  expect(costAtRest({ Resources: {} }).map(([, dollars]) => dollars)).toEqual([0, 0, 0, 0, 0]);
});

test('a job of an hour is looked at three times by default: 2 turns of 3 states, then 7 to the end', () => {
  expect(costOf(definition, 3600)).toMatchObject({
    checks: 3,
    transitions: 2 * 3 + 7,
  });
});

test('the README begins with the two lines that do everything', () => {
  const [first] = readme.match(/```\n[^`]*```/) ?? [];
  expect(first).toMatch(/^```\nnpm ci && npm run demo\b.*\nnpm ci && npm test\n```$/);
});
