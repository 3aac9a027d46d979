import { match, ok, strictEqual } from 'node:assert';
import { execFile } from 'node:child_process';
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  CreateBucketCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DATASTORE_ID } from '../../../local/import-files.ts';
import { writeStudy } from '../../../simulator/index.ts';
import { blocksOfSection, commandsOf } from '../documents.ts';
import { awsEnvironment } from '../environment.ts';
import { python } from '../python.ts';
import type { Results } from '../results.ts';
import { until } from '../until.ts';
import { adapt } from './adapter.ts';
import { ACCOUNT, type Emulator } from './emulator.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const STACK = 'DicomImportWatcher';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/DicomImport`;

interface Settings {
  readonly outputBuckets: readonly { readonly name: string; readonly prefix: string; keyArn: string }[];
}

/** What a command of the README has to come to, or why it is left out. */
type Step =
  | { readonly command: RegExp; play(command: string): Promise<void> }
  | { readonly command: RegExp; readonly leftOut: string };

/**
 * Plays the section "First deployment" of the README to its end: its commands in their order, as they are printed, in a copy of
 * the project, with the settings that it shows. A command that is not known here fails.
 */
export async function firstDeployment(results: Results, emulator: Emulator): Promise<void> {
  const project = await copyOfProject(emulator);
  const blocks = await blocksOfSection('First deployment');
  const settings: Settings = JSON.parse(blocks.find(({ language }) => language === 'json')?.text ?? '');
  const [output] = settings.outputBuckets;
  ok(output, 'the settings of the README name no output bucket');
  ok(output.prefix && output.keyArn, 'the output bucket of the README has no prefix, or no key');
  const [, input, prefix] = /--input s3:\/\/([^/]+)\/(\S+)/.exec(blocks.flatMap(commandsOf).join('\n')) ?? [];
  ok(input && prefix, 'no command of the README names an input');
  const keyArn = await prepareBuckets(emulator, { output: output.name, input, prefix });
  console.log(`in place of ${output.keyArn}, the key that was made in ministack: ${keyArn}`);
  output.keyArn = keyArn;

  const steps = stepsOf(emulator, project, { keyArn, output });
  const left = new Set(steps);
  for (const block of blocks) {
    if (block.language === 'json') {
      await results.check(`README, First deployment: the settings of step 3 are put into cdk.json`, () =>
        writeSettings(project, settings),
      );
      continue;
    }
    for (const command of commandsOf(block)) {
      const step = steps.find((each) => each.command.test(command));
      const name = `README, First deployment: ${command}`;
      if (step) left.delete(step);
      if (!step) results.fail(name, 'nobody has said here what it has to come to');
      else if ('leftOut' in step) console.log(`left out  ${results.part}: ${name}: ${step.leftOut}`);
      else await results.check(name, () => step.play(command));
    }
  }
  await results.check('README, First deployment: every step that is known here is printed there', () =>
    strictEqual([...left].map(({ command }) => command.source).join(', '), ''),
  );
  console.log(`left out  ${results.part}: README, First deployment: the email: ministack sends none`);
  await results.check('README, First deployment: npx cdk destroy', async () => {
    await project.run('npx cdk destroy', { CDK_FORCE: 'true' });
    const { stacks = [], tables = [] } = await emulator.inventory();
    strictEqual(stacks.filter((stack) => stack.startsWith(`${STACK} `)).join(), '');
    strictEqual(tables.length, 1, 'the table of watches is not there any more');
  });
}

interface Project {
  readonly folder: string;
  /** Runs a command line in a shell, in the folder. @throws with what it wrote, where its status is not 0. */
  run(command: string, env?: Readonly<Record<string, string>>): Promise<string>;
}

function stepsOf(
  emulator: Emulator,
  project: Project,
  { keyArn, output }: { keyArn: string; output: Settings['outputBuckets'][number] },
): Step[] {
  return [
    {
      command: /^aws s3api get-bucket-encryption /,
      play: async (command) => ok((await project.run(command)).includes(keyArn), 'it does not print the key'),
    },
    { command: /^npm ci$/, leftOut: 'the packages are there; nothing is downloaded here' },
    {
      command: /^npx cdk bootstrap$/,
      play: async (command) => {
        await project.run(command);
        ok((await emulator.inventory()).stacks?.includes('CDKToolkit CREATE_COMPLETE'));
      },
    },
    {
      command: /^npx cdk deploy$/,
      async play(command) {
        // Ministack refuses alarms on metric math: what the app synthesizes is adapted, as in the deployment above.
        const assembly = join(emulator.folder, 'first-deployment');
        await project.run(`npx cdk synth --quiet --output ${assembly}`);
        await adapt(assembly, STACK);
        await checkAccess(join(assembly, `${STACK}.template.json`), output);
        // A person answers y.
        await project.run(command, { CDK_APP: assembly, CDK_REQUIRE_APPROVAL: 'never' });
        ok((await emulator.inventory()).stacks?.includes(`${STACK} CREATE_COMPLETE`));
      },
    },
    {
      command: /^npx dicom-import-watcher confirm /,
      leftOut: 'ministack sends no email, and confirms the addresses by itself',
    },
    {
      command: /^npx dicom-import-watcher doctor$/,
      async play(command) {
        const told = await project.run(`${command} || true`);
        match(told, /^ok +stack +DicomImportWatcher in us-east-1 is CREATE_COMPLETE\.$/m);
        match(told, /^note +sweep +No sweep was completed yet/m);
        strictEqual([...told.matchAll(/^problem /gm)].length, 0, told);
      },
    },
    {
      command: /^npx dicom-import-watcher start /,
      async play(command) {
        const filled = command.replace('--datastore-id <id>', `--datastore-id ${DATASTORE_ID}`);
        const told = await project.run(filled.replace('--role-arn <arn>', `--role-arn ${ROLE}`));
        match(told, /^SUCCEEDED {2}5 of 5 files imported/m);
        const [, jobId] = /^Job +(\S+)$/m.exec(told) ?? [];
        // The watcher says the same.
        const status = `npx dicom-import-watcher status --datastore-id ${DATASTORE_ID} --job-id ${jobId}`;
        await until(`the outcome of job ${jobId}`, async () =>
          /^Outcome +SUCCEEDED$/m.test(await project.run(status)) ? true : undefined,
        );
      },
    },
  ];
}

/** A copy of the sources, with the packages that are installed: what somebody has after `git clone` and `npm ci`. */
async function copyOfProject(emulator: Emulator): Promise<Project> {
  const folder = join(emulator.folder, 'project');
  const notSource = /^(node_modules|dist|cdk\.out|coverage|\.git|\.venv-verify)$/;
  await cp(ROOT, folder, {
    recursive: true,
    filter: (path) => !notSource.test(path.slice(ROOT.length)),
  });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const tools = dirname((await python('tools')).command('aws'));
  return {
    folder,
    async run(command, env = {}) {
      try {
        const { stdout, stderr } = await promisify(execFile)('sh', ['-c', command], {
          cwd: folder,
          env: {
            ...awsEnvironment(emulator.environment()),
            AWS_ENDPOINT_URL_MEDICAL_IMAGING: emulator.simulator.endpoint,
            CDK_HOME: emulator.folder,
            PATH: `${tools}${delimiter}${process.env.PATH}`,
            // Nothing is downloaded.
            npm_config_offline: 'true',
            ...env,
          },
          maxBuffer: 100_000_000,
        });
        return stdout + stderr;
      } catch (error) {
        const {
          stdout = '',
          stderr = '',
          message,
        } = error as { stdout?: string; stderr?: string; message: string };
        throw new Error(`${message}\n${(stdout + stderr).slice(-3000)}`);
      }
    },
  };
}

async function writeSettings({ folder }: Project, settings: Settings): Promise<void> {
  const file = join(folder, 'cdk.json');
  const cdk = JSON.parse(await readFile(file, 'utf8'));
  Object.assign(cdk.context, settings);
  await writeFile(file, JSON.stringify(cdk, null, 2));
}

/** Makes the bucket of the output, with a key of a customer, and that of the input with a study. @returns the ARN of the key. */
async function prepareBuckets(
  emulator: Emulator,
  { output, input, prefix }: { output: string; input: string; prefix: string },
): Promise<string> {
  const keyArn = await emulator.createKey();
  const s3 = new S3Client({ ...emulator.config, forcePathStyle: true });
  for (const Bucket of [input, output]) await s3.send(new CreateBucketCommand({ Bucket }));
  const encryption = { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: keyArn } as const;
  await s3.send(
    new PutBucketEncryptionCommand({
      Bucket: output,
      ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: encryption }] },
    }),
  );
  for (const { name, bytes } of writeStudy({ withBrokenFiles: false })) {
    await s3.send(new PutObjectCommand({ Bucket: input, Key: prefix + name, Body: bytes }));
  }
  s3.destroy();
  return keyArn;
}

/** Ministack refuses no role anything: that the watcher may read below the prefix and use the key is said by the template. */
async function checkAccess(template: string, output: Settings['outputBuckets'][number]): Promise<void> {
  const { Resources } = JSON.parse(await readFile(template, 'utf8'));
  const statements = Object.values<{ Type: string; Properties: { PolicyDocument: { Statement: object[] } } }>(
    Resources,
  )
    .filter(({ Type }) => /^AWS::IAM::(Managed)?Policy$/.test(Type))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement.map((each) => JSON.stringify(each)));
  const allows = (action: string, resource: string) =>
    statements.some((each) => each.includes(`"${action}"`) && each.includes(resource));
  ok(allows('kms:Decrypt', output.keyArn), `no role may decrypt with ${output.keyArn}`);
  ok(
    allows('s3:GetObject', `${output.name}/${output.prefix}*`),
    `no role may read ${output.name}/${output.prefix}`,
  );
}
