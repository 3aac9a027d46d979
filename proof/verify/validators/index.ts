import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JsonPath } from 'aws-cdk-lib/aws-stepfunctions';
import { ImportDicom, WatchDicomImport } from '../../../lib/index.ts';
import { resourcesOf } from '../../../local/template.ts';
import { pipelineDefinition } from '../../fixtures/pipeline-definition.ts';
import { APPS, largest, STACK } from '../apps.ts';
import type { Part, PartContext } from '../part.ts';
import { type ACCEPTED, acceptedIn, type Finding } from './accepted.ts';
import { aslProblems } from './asl.ts';
import { lintFindings } from './cfn-lint.ts';
import { checkovFindings } from './checkov.ts';
import { controlTowerFindings } from './control-tower.ts';
import { passedLimits } from './limits.ts';
import { findings } from './nag.ts';
import { cdkSynth, REGIONS, type TemplateFile, writeTemplates } from './templates.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const LIMITS = { bytes: 1_000_000, resources: 500, outputs: 200, parameters: 200 };

/** Everything that can be set without something of an account. */
const SETTINGS = [
  'outputBuckets=my-import-output',
  'emails=radiology-it@hospital.example',
  'alarmEmails=on-call@hospital.example',
  'queues=pacs,worklist',
  'chat=true',
  'archiveDays=30',
  'schemaRegistry=true',
];

export const part: Part = {
  proves:
    'definitions and templates are well formed by all validators, for every region, and the same each time',
  async run(context) {
    const folder = await mkdtemp(join(tmpdir(), 'dicom-import-watcher-verify-'));
    try {
      const templates = await writeTemplates(folder);
      await validateDefinitions(context, templates);
      await lint(context, templates);
      await judge(context, templates);
      await measure(context, templates);
      await keepLimits(context, templates);
      await nag(context);
      await synthesizeTwice(context, folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

async function validateDefinitions(
  { results }: PartContext,
  templates: readonly TemplateFile[],
): Promise<void> {
  const definitions = templates
    .filter(({ regions }) => regions === REGIONS)
    .flatMap(({ name, template }) =>
      resourcesOf<{ DefinitionString: string }>(template, 'AWS::StepFunctions::StateMachine').map(
        ({ id, properties }) => ({
          name: `${id} of ${name}`,
          definition: JSON.parse(properties.DefinitionString),
        }),
      ),
    );
  strictEqual(definitions.length, templates.filter(({ regions }) => regions === REGIONS).length + 1);
  for (const { name, definition } of [...definitions, ...pipelines()]) {
    await results.check(`both ASL validators take ${name}`, async () =>
      deepStrictEqual(await aslProblems(definition), []),
    );
  }
}

/** What examples/pipeline.ts has not: a pipeline that does not fail, and one of the waiting half. */
function pipelines() {
  const { definition: importing } = pipelineDefinition(
    (stack, watcher, dataAccessRole) =>
      new ImportDicom(stack, 'Import', {
        watcher,
        datastoreId: '1'.repeat(32),
        inputS3Uri: 's3://hospital-input/',
        outputS3Uri: 's3://hospital-import-output/',
        dataAccessRole,
      }),
  );
  const { definition: waiting } = pipelineDefinition(
    (stack, watcher) =>
      new WatchDicomImport(stack, 'Watch', {
        watcher,
        datastoreId: JsonPath.stringAt('$.datastoreId'),
        jobId: JsonPath.stringAt('$.jobId'),
      }),
  );
  return [
    { name: 'ImportDicom without failOn', definition: importing },
    { name: 'WatchDicomImport', definition: waiting },
  ];
}

async function lint({ results }: PartContext, templates: readonly TemplateFile[]): Promise<void> {
  const byRegions = Map.groupBy(templates, ({ regions }) => regions.join(', '));
  for (const [regions, of] of byRegions) {
    const files = of.map(({ file }) => file);
    await results.check(`cfn-lint finds nothing in ${files.length} templates for ${regions}`, async () =>
      deepStrictEqual(await lintFindings(files, regions.split(', ')), []),
    );
  }
}

/** Two rule sets, each of which may find what is accepted, all of that, and nothing else. */
async function judge({ results }: PartContext, templates: readonly TemplateFile[]): Promise<void> {
  const apps = Object.keys(APPS).map((app) => {
    const { file } = templates.find(({ name }) => name === `${app} anywhere`) as TemplateFile;
    return { app, file };
  });
  const files = apps.map(({ file }) => file);
  const tools: Record<keyof typeof ACCEPTED, () => Promise<Finding[]>> = {
    checkov: () => checkovFindings(files),
    'Control Tower': () => controlTowerFindings(files),
  };
  for (const [tool, ask] of Object.entries(tools) as [keyof typeof ACCEPTED, () => Promise<Finding[]>][]) {
    const asked = ask();
    for (const { app, file } of apps) {
      await results.check(
        `${tool} finds in ${app} exactly what accepted.ts lists with a reason`,
        async () => {
          const found = (await asked).filter((finding) => finding.file === file);
          deepStrictEqual(
            found.map(({ rule, resource }) => `${resource} | ${rule}`).sort(),
            acceptedIn(tool, app),
          );
        },
      );
    }
  }
}

async function measure({ results }: PartContext, templates: readonly TemplateFile[]): Promise<void> {
  for (const { name, template } of templates.filter(({ regions }) => regions === REGIONS)) {
    const { Resources, Outputs = {}, Parameters = {} } = template;
    const size = {
      bytes: Buffer.byteLength(JSON.stringify(template)),
      resources: Object.keys(Resources).length,
      outputs: Object.keys(Outputs).length,
      parameters: Object.keys(Parameters).length,
    };
    const figures = Object.entries(size).map(([what, count]) => `${count} ${what}`);
    await results.check(`${name} is below half of CloudFormation's limits: ${figures.join(', ')}`, () =>
      deepStrictEqual(
        Object.entries(size).filter(([what, count]) => count > LIMITS[what as keyof typeof LIMITS] / 2),
        [],
      ),
    );
  }
}

async function keepLimits({ results }: PartContext, templates: readonly TemplateFile[]): Promise<void> {
  for (const region of [undefined, ...REGIONS]) {
    const env = region && { account: '111122223333', region };
    const { template } = largest(env).synth().getStackByName(STACK);
    await results.check(
      `the largest settings in ${region ?? 'any region'} keep every limit of policies, patterns, filters and environments`,
      () => deepStrictEqual(passedLimits(template), []),
    );
  }
  for (const { name, template } of templates) {
    await results.check(`${name} keeps every limit of policies, patterns, filters and environments`, () =>
      deepStrictEqual(passedLimits(template), []),
    );
  }
}

async function nag({ results }: PartContext): Promise<void> {
  for (const [name, app] of Object.entries(APPS)) {
    await results.check(
      `${name}: AwsSolutions, HIPAA.Security, NIST.800-53.R5 and Serverless of cdk-nag find nothing`,
      () => deepStrictEqual(findings(app()), []),
    );
  }
}

async function synthesizeTwice({ results }: PartContext, folder: string): Promise<void> {
  await results.check('cdk synth writes the same twice', async () => {
    const first = await cdkSynth(join(folder, 'first'), SETTINGS);
    const second = await cdkSynth(join(folder, 'second'), SETTINGS);
    ok('DicomImportWatcher.template.json' in first, Object.keys(first).join(', '));
    const paths = new Set([...Object.keys(first), ...Object.keys(second)]);
    deepStrictEqual(
      [...paths].filter((path) => first[path] !== second[path]),
      [],
    );
  });
}
