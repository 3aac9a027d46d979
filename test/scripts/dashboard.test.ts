import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Template } from '../../local/template.ts';
import { PICTURE, picture } from '../../scripts/dashboard.ts';
import { defaultTemplate } from '../../scripts/definition.ts';

test('docs/dashboard.svg is the dashboard of the template', () => {
  expect(readFileSync(PICTURE, 'utf8')).toBe(picture(defaultTemplate()));
});

test('what the dashboard shows stands in the picture', () => {
  const svg = picture(
    withWidget({ type: 'metric', properties: { title: 'A < B', metrics: [['x', 'FilesImported']] } }),
  );
  for (const text of ['A &lt; B', 'FilesImported', '6,000']) expect(svg).toContain(text);
});

test.each([
  ['metric', { metrics: [['DicomImportWatcher', 'NoSuchMetric']] }, /no sample of the metric NoSuchMetric/],
  ['log', { query: 'stats count(*)' }, /no sample of the query stats count/],
  ['video', {}, /no picture of a widget of the type video/],
])('a %s without a sample is not drawn as something else', (type, properties, message) => {
  expect(() => picture(withWidget({ type, properties }))).toThrow(message);
});

test('without a dashboard there is no picture', () => {
  expect(() => picture({ Resources: {} })).toThrow(new Error('the template has no dashboard'));
});

function withWidget(widget: object): Template {
  const DashboardBody = JSON.stringify({ widgets: [{ x: 0, y: 0, width: 8, height: 6, ...widget }] });
  return { Resources: { Dashboard: { Type: 'AWS::CloudWatch::Dashboard', Properties: { DashboardBody } } } };
}
