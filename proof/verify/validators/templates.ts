import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Template } from '../../../local/template.ts';
import { APPS, STACK } from '../apps.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
// Whatever Node is installed: that of the npm scripts.
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };

/** Where HealthImaging is (docs/healthimaging.md#11-permissions-and-regions), and a region of each other partition. */
export const REGIONS = ['us-east-1', 'us-west-2', 'ap-southeast-2', 'eu-west-1', 'eu-west-2'] as const;
export const OTHER_PARTITIONS = ['us-gov-west-1', 'cn-north-1'] as const;

/** A synthesized template in a file. */
export interface TemplateFile {
  readonly name: string;
  readonly file: string;
  readonly template: Template & { readonly Outputs?: object; readonly Parameters?: object };
  /** Where it is deployed; any region of HealthImaging where it is for none. */
  readonly regions: readonly string[];
}

/** The apps for no region, the one with everything for each region as well, and the examples. */
export async function writeTemplates(folder: string): Promise<TemplateFile[]> {
  const files: TemplateFile[] = [];
  for (const [name, app] of Object.entries(APPS)) {
    for (const region of [undefined, ...(name === 'everything' ? [...REGIONS, ...OTHER_PARTITIONS] : [])]) {
      const { template } = app(region && { account: '111122223333', region })
        .synth()
        .getStackByName(STACK);
      const file = join(folder, `${name}-${region ?? 'anywhere'}.template.json`);
      await writeFile(file, JSON.stringify(template, null, 1));
      files.push({
        name: `${name} ${region ?? 'anywhere'}`,
        file,
        template,
        regions: region ? [region] : REGIONS,
      });
    }
  }
  for (const example of globSync('examples/*.ts', { cwd: ROOT }).sort()) {
    const out = join(folder, basename(example));
    await run(process.execPath, [join(ROOT, example)], { env: { ...env, CDK_OUTDIR: out } });
    for (const file of globSync(join(out, '*.template.json'))) {
      files.push({
        name: example,
        file,
        template: JSON.parse(await readFile(file, 'utf8')),
        regions: REGIONS,
      });
    }
  }
  return files;
}

/** `cdk synth` of the app with settings. @returns all that it wrote, by path. */
export async function cdkSynth(folder: string, settings: readonly string[]): Promise<Record<string, string>> {
  const cdk = join(ROOT, 'node_modules/aws-cdk/bin/cdk');
  const context = settings.flatMap((setting) => ['-c', setting]);
  await run(process.execPath, [cdk, 'synth', '--quiet', '--output', folder, ...context], { cwd: ROOT, env });
  // How long the synthesis took is not a part of what it makes.
  const files = globSync('**/*', { cwd: folder, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name !== 'performance-counters.json',
  );
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(
    await Promise.all(
      paths.map(async (path) => [path.slice(folder.length + 1), await readFile(path, 'base64')]),
    ),
  );
}
