import { writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { resourcesOf, type Template } from '../local/template.ts';
import { type DrawChart, loadCharts } from './charts.ts';
import { sampleLog, sampleSeries } from './dashboard-samples.ts';
import { defaultTemplate } from './definition.ts';
import { runWithTools } from './tools.ts';

/** Where the picture is. */
export const PICTURE = fileURLToPath(new URL('../docs/dashboard.svg', import.meta.url));

/** CloudWatch's grid is 24 columns wide (Dashboard Body Structure and Syntax). */
const COLUMN = 50;
const LINE = 45;
const GAP = 6;

interface Widget {
  readonly type: 'text' | 'alarm' | 'metric' | 'log';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: Properties;
}
interface Properties {
  readonly title?: string;
  readonly markdown?: string;
  readonly alarms?: readonly string[];
  readonly metrics?: readonly unknown[][];
  readonly stacked?: boolean;
  readonly query?: string;
}

/** The widgets of the template's dashboard. */
function widgetsOf(template: Template): Widget[] {
  const [dashboard] = resourcesOf<{ DashboardBody: string }>(template, 'AWS::CloudWatch::Dashboard');
  if (!dashboard) throw new Error('the template has no dashboard');
  return JSON.parse(dashboard.properties.DashboardBody).widgets;
}

/** The dashboard of a template as an SVG, with sample data. @throws Error on a widget or metric without a sample. */
export function picture(template: Template, drawChart: DrawChart): string {
  const widgets = widgetsOf(template);
  const height = Math.max(...widgets.map((widget) => widget.y + widget.height)) * LINE;
  const width = 24 * COLUMN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif">`,
    `<rect width="${width}" height="${height}" fill="#f2f3f3"/>`,
    ...widgets.map((widget) => draw(widget, namesOf(template), drawChart)),
    '</svg>\n',
  ].join('\n');
}

/** What the alarms are called, by ARN. */
function namesOf(template: Template): Map<string, string> {
  const all = resourcesOf<{ AlarmName: string }>(template, 'AWS::CloudWatch::Alarm');
  return new Map(all.map(({ arn, properties }) => [arn, properties.AlarmName]));
}

function draw(
  { type, x, y, ...rest }: Widget,
  names: ReadonlyMap<string, string>,
  drawChart: DrawChart,
): string {
  const [width, height] = [rest.width * COLUMN - GAP, rest.height * LINE - GAP];
  const { properties } = rest;
  const chart = (series: Series[]) =>
    drawChart({ width, height }, chartOf(properties, series), `of-${x}-${y}-`);
  const frame = `<rect width="${width}" height="${height}" rx="4" fill="#fff" stroke="#d5dbdb"/>`;
  const content = {
    text: () => lines((properties.markdown ?? '').split('\n').map(plain)),
    alarm: () =>
      `${heading(properties)}${alarms(
        (properties.alarms ?? []).map((arn) => names.get(arn) ?? arn),
        width,
      )}`,
    metric: () => chart(seriesOf(properties)),
    log: () => chart([]),
  }[type];
  if (!content) throw new Error(`there is no picture of a widget of the type ${type}`);
  return `<g transform="translate(${x * COLUMN + GAP / 2} ${y * LINE + GAP / 2})">${frame}${content()}</g>`;
}

const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
/** Markdown without its marks: only what we use of it. */
const plain = (markdown: string) => markdown.replace(/^# /, '').replace(/\[([^\]]+)\]\([^)]+\)/g, '$1');

function heading({ title = '' }: Properties): string {
  return `<text x="12" y="22" font-size="14" font-weight="bold">${escaped(title)}</text>`;
}

function lines([title = '', ...rest]: string[]): string {
  const text = rest.map(
    (line, i) => `<text x="12" y="${56 + 18 * i}" font-size="13">${escaped(line)}</text>`,
  );
  return `${heading({ title })}${text.join('')}`;
}

/** Tiles with the names of alarms, all well. */
function alarms(names: readonly string[], width: number): string {
  const columns = 5;
  const tile = (width - 12) / columns;
  return names
    .map((name, index) => {
      const [x, y] = [12 + (index % columns) * tile, 36 + Math.floor(index / columns) * 42];
      return (
        `<g transform="translate(${x} ${y})"><rect width="${tile - 12}" height="34" rx="3" fill="#e9f5ea" stroke="#1d8102"/>` +
        `<text x="8" y="21" font-size="11">${escaped(name)}</text></g>`
      );
    })
    .join('');
}

interface Series {
  readonly label: string;
  readonly color?: string;
  readonly right: boolean;
  readonly values: readonly number[];
}

/**
 * What a metric widget shows, from CloudWatch's own notation: `[namespace, name, dimension, value, ..., options]`, or an
 * expression alone.
 */
function seriesOf({ metrics = [] }: Properties): Series[] {
  return metrics.flatMap((metric) => {
    const options = metric.find((each) => typeof each === 'object') as
      | { label?: string; color?: string; yAxis?: string; visible?: boolean; expression?: string }
      | undefined;
    if (options?.visible === false) return [];
    const label = options?.label ?? String(metric[1]);
    return {
      label,
      color: options?.color,
      right: options?.yAxis === 'right',
      values: sampleSeries(options?.expression ? label : metric.slice(1).map(String), label),
    };
  });
}

/** The chart of a widget, in the words of the library that draws it. */
function chartOf(properties: Properties, series: Series[]): object {
  const bars = properties.query === undefined ? undefined : sampleLog(properties.query);
  return {
    title: { text: properties.title, textStyle: { fontSize: 14 }, left: 12, top: 8 },
    grid: { left: 48, right: 40, top: 44, bottom: bars ? 30 : 72 },
    ...(bars
      ? {
          xAxis: {
            type: 'category',
            data: bars.map(([name]) => name),
            axisLabel: { fontSize: 9, interval: 0 },
          },
          yAxis: { type: 'value' },
          series: [{ type: 'bar', data: bars.map(([, count]) => count), itemStyle: { color: '#1f77b4' } }],
        }
      : {
          legend: {
            bottom: 4,
            left: 8,
            itemWidth: 10,
            itemHeight: 10,
            icon: 'roundRect',
            textStyle: { fontSize: 10 },
          },
          xAxis: {
            type: 'category',
            data: series[0]?.values.map((_, hour) => `${String(hour).padStart(2, '0')}:00`),
            axisLabel: { fontSize: 10 },
          },
          yAxis: [
            { type: 'value', min: 0 },
            { type: 'value', min: 0, show: series.some(({ right }) => right) },
          ],
          series: series.map(({ label, color, right, values }) => ({
            name: label,
            type: 'line',
            showSymbol: false,
            yAxisIndex: right ? 1 : 0,
            ...(properties.stacked && { stack: 'all', areaStyle: { opacity: 1 }, lineStyle: { width: 0 } }),
            ...(color && { color }),
            data: values,
          })),
        }),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runWithTools(async () => {
    writeFileSync(PICTURE, picture(defaultTemplate(), await loadCharts()));
    console.log(`wrote ${PICTURE}`);
  });
}
