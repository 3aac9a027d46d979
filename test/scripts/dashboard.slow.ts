/** Needs what draws charts, which is no part of `npm ci`. */
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { ARCHITECTURE, architecture, drawGraph } from '../../scripts/architecture.ts';
import { type DrawChart, loadCharts } from '../../scripts/charts.ts';
import { PICTURE, picture } from '../../scripts/dashboard.ts';
import { defaultTemplate } from '../../scripts/definition.ts';
import { withWidget } from './widget.ts';

let drawChart: DrawChart;
beforeAll(async () => {
  drawChart = await loadCharts();
});

test('docs/dashboard.svg is the dashboard of the template', () => {
  expect(readFileSync(PICTURE, 'utf8')).toBe(picture(defaultTemplate(), drawChart));
});

test('docs/architecture.svg is the picture of the template', async () => {
  expect(readFileSync(ARCHITECTURE, 'utf8')).toBe(await drawGraph(architecture(defaultTemplate())));
});

test('it is the same whatever was drawn before', async () => {
  const [first, again] = [await loadCharts(), await loadCharts()].map((draw) =>
    picture(defaultTemplate(), draw),
  );
  expect(again).toBe(first);
});

test('what the dashboard shows stands in the picture', () => {
  const svg = picture(
    withWidget({ type: 'metric', properties: { title: 'A < B', metrics: [['x', 'FilesImported']] } }),
    drawChart,
  );
  for (const text of ['A &lt; B', 'FilesImported', '6,000']) expect(svg).toContain(text);
});
