import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Template } from '../../../local/template.ts';

/** What ministack cannot take of a template, and what is done about it. */
export interface Adapted {
  readonly resources: number;
  /** Logical ids. */
  readonly leftOut: readonly string[];
  readonly simplified: readonly string[];
}

/** Types that ministack does not know; nothing else in the template refers to them. */
const UNKNOWN_TYPES = ['AWS::EventSchemas::Registry', 'AWS::EventSchemas::Schema'];

/**
 * Takes out of a synthesized template what ministack refuses: schema registries are left out, alarms on metric math
 * become alarms on the first metric of it, so that their actions and who refers to them are as they were.
 * @param assembly - the folder of the cloud assembly, which is changed.
 */
export async function adapt(assembly: string, stack: string): Promise<Adapted> {
  const file = join(assembly, `${stack}.template.json`);
  const template = JSON.parse(await readFile(file, 'utf8')) as Template & {
    Resources: Record<string, never>;
  };
  const all = Object.entries(template.Resources as Template['Resources']);
  const leftOut = all.filter(([, { Type }]) => UNKNOWN_TYPES.includes(Type)).map(([id]) => id);
  for (const id of leftOut) delete template.Resources[id];
  const simplified: string[] = [];
  for (const [id, { Type, Properties }] of all) {
    if (Type !== 'AWS::CloudWatch::Alarm' || !Properties.Metrics) continue;
    const { MetricStat } = Properties.Metrics.find((metric: { MetricStat?: object }) => metric.MetricStat);
    const { Metric, Period, Stat } = MetricStat;
    Object.assign(Properties, { ...Metric, Period, Statistic: Stat });
    delete Properties.Metrics;
    simplified.push(id);
  }
  await writeFile(file, JSON.stringify(template, null, 1));
  return { resources: all.length, leftOut, simplified };
}
