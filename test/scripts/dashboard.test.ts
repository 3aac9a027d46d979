import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { architecture } from '../../scripts/architecture.ts';
import type { DrawChart } from '../../scripts/charts.ts';
import { PICTURE, picture } from '../../scripts/dashboard.ts';
import { defaultTemplate } from '../../scripts/definition.ts';
import { withWidget } from './widget.ts';

/** Draws nothing: what draws is no part of `npm ci`. */
const drawChart: DrawChart = () => '<!-- a chart -->';

test('docs/dashboard.svg has all that is not a chart of the dashboard of the template', () => {
  const svg = readFileSync(PICTURE, 'utf8');
  const parts = picture(defaultTemplate(), drawChart).split(/<!-- a chart -->|\n/);
  expect(parts.length).toBeGreaterThan(10);
  for (const part of parts) expect(svg).toContain(part);
});

test.each([
  ['metric', { metrics: [['DicomImportWatcher', 'NoSuchMetric']] }, /no sample of the metric NoSuchMetric/],
  ['log', { query: 'stats count(*)' }, /no sample of the query stats count/],
  ['video', {}, /no picture of a widget of the type video/],
])('a %s without a sample is not drawn as something else', (type, properties, message) => {
  expect(() => picture(withWidget({ type, properties }), drawChart)).toThrow(message);
});

test('without a dashboard there is no picture', () => {
  expect(() => picture({ Resources: {} }, drawChart)).toThrow(new Error('the template has no dashboard'));
});

test('a function that the picture of the architecture does not show fails', () => {
  const template = structuredClone(defaultTemplate());
  expect(() => architecture(template)).not.toThrow();
  Object.assign(template.Resources, {
    WatcherMoreABCDEF01: { Type: 'AWS::Lambda::Function', Properties: {} },
  });
  expect(() => architecture(template)).toThrow('do not have the same functions: More');
});
