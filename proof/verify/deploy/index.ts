import { deepStrictEqual, ok, partialDeepStrictEqual, strictEqual } from 'node:assert';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ImportJobId, PUBLISHED } from '../../../core/contract/names.ts';
import { OUTPUT_BUCKET } from '../../../local/demo-stack.ts';
import type { Part } from '../part.ts';
import type { Results } from '../results.ts';
import { adapt } from './adapter.ts';
import { ACCOUNT, Emulator, type Inventory } from './emulator.ts';
import { firstDeployment } from './first-deployment.ts';
import { threeStacks } from './three-stacks.ts';
import { dataOf, finishedId, idOf, Watcher } from './watcher.ts';

const STACK = 'DicomImportWatcher';

/** Looks every three seconds, so that what no event tells is seen soon. */
const SETTINGS = {
  outputBuckets: OUTPUT_BUCKET,
  queues: 'verdicts',
  emails: 'radiology-it@hospital.example',
  schemaRegistry: 'true',
  giveUpAfterHours: '2',
};

/** What is changed while a watch runs: the environment of functions, the definition, a queue more. */
const CHANGED = { ...SETTINGS, queues: 'verdicts,worklist', giveUpAfterHours: '3' };

const context = (settings: Readonly<Record<string, string>>) =>
  Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

export const part: Part = {
  proves:
    'the app is bootstrapped, deployed, updated and destroyed by the real cdk in ministack, and works there; so does one of three stacks',
  async run({ results, servers }) {
    const inEmulator = async (play: (emulator: Emulator) => Promise<void>) => {
      const emulator = await Emulator.start(servers);
      await play(emulator).finally(() => emulator.stop());
    };
    // Side by side, since most of it is waiting.
    const ended = await Promise.allSettled([
      inEmulator(async (emulator) => {
        const watcher = new Watcher(emulator);
        try {
          await lifeOfAStack(results, emulator, watcher);
          await threeStacks(results, emulator, watcher);
        } finally {
          watcher.stop();
        }
      }),
      // Of a reader of the README, in an account where nothing is yet.
      inEmulator((account) => firstDeployment(results, account)),
    ]);
    for (const each of ended) if (each.status === 'rejected') throw each.reason;
  },
};

async function lifeOfAStack(results: Results, emulator: Emulator, watcher: Watcher): Promise<void> {
  await emulator.cdk('bootstrap', `aws://${ACCOUNT}/us-east-1`, ...context(SETTINGS));
  results.pass('cdk bootstrap');
  await watcher.createBuckets();
  const before = await emulator.inventory();

  await deploy(emulator, SETTINGS, 'CREATE_COMPLETE');
  results.pass('cdk deploy');
  const { [STACK]: outputs } = JSON.parse(await readFile(join(emulator.folder, 'outputs.json'), 'utf8'));
  const stateMachineArn: string = outputs.StateMachineArn;

  const sweep = (await emulator.inventory()).functions?.find((name) => name.includes('Sweep')) ?? '';
  await Promise.all([
    results.check(
      'an import whose events go to the bus of the emulator is watched to its verdict',
      async () => {
        const job = await watcher.import();
        await expectVerdict(watcher, stateMachineArn, job);
      },
    ),
    results.check('an import of which no event told is found by the sweep', async () => {
      const job = await watcher.import({ fault: { eventsLost: true } });
      partialDeepStrictEqual(await emulator.invoke(sweep), { failed: 0, finished: true });
      await expectVerdict(watcher, stateMachineArn, job);
    }),
    results.check('an import whose end no event told is found by polling', async () => {
      const job = await watcher.import({ fault: { eventsLost: ['COMPLETED'] } });
      await expectVerdict(watcher, stateMachineArn, job);
    }),
    results.check('a watch that failed is reported by the event of Step Functions', async () => {
      const datastoreId = '2'.repeat(32);
      emulator.simulator.faults.request({ kind: 'denied', operation: 'GetDICOMImportJob', datastoreId });
      const job = await watcher.import({ datastoreId });
      const event = await watcher.published('verdicts', `${datastoreId}-${job.jobId}-watch-failed-0`);
      strictEqual(event['detail-type'], PUBLISHED.watchFailed);
      // Its `error` is ministack's own: it does not take the names of errors from functions on Node.
      partialDeepStrictEqual(dataOf(event), {
        ...job,
        executionStatus: 'FAILED',
        failedStep: 'Check import job',
      });
    }),
  ]);

  await results.check('an update in place lets a watch that runs go on to its verdict', async () => {
    emulator.clock.hold();
    const job = await watcher.import();
    await watcher.watch(stateMachineArn, job, ({ status }) => status === 'RUNNING');
    await deploy(emulator, CHANGED, 'UPDATE_COMPLETE');
    await watcher.watch(stateMachineArn, job, ({ status }) => status === 'RUNNING');
    emulator.clock.release();
    await expectVerdict(watcher, stateMachineArn, job);
    await watcher.published('worklist', finishedId(job));
  });
  emulator.clock.release();
  await results.check('nothing was published twice', async () => {
    const ids = (await watcher.received('verdicts')).map(idOf);
    deepStrictEqual(ids.toSorted(), [...new Set(ids)].toSorted());
  });

  const assembly = assemblyOf(emulator, CHANGED);
  await emulator.cdk('destroy', STACK, '--force', '--app', assembly);
  results.pass('cdk destroy');
  await results.check('nothing is left but what is retained on purpose', async () =>
    deepStrictEqual(added(before, await emulator.inventory()), await retained(assembly)),
  );
}

/** Expects the verdict of a study with two broken files in the queue, and the watch to have ended well. */
async function expectVerdict(watcher: Watcher, stateMachineArn: string, job: ImportJobId): Promise<void> {
  const { status } = await watcher.watch(stateMachineArn, job, (execution) => execution.status !== 'RUNNING');
  strictEqual(status, 'SUCCEEDED');
  const event = await watcher.published('verdicts', finishedId(job));
  strictEqual(event['detail-type'], PUBLISHED.importFinished);
  partialDeepStrictEqual(dataOf(event), {
    ...job,
    outcome: 'PARTIALLY_FAILED',
    files: { scanned: 7, imported: 5, rejected: 2 },
  });
}

/** The folder of the cloud assembly for some settings. */
const assemblyOf = (emulator: Emulator, settings: typeof SETTINGS) =>
  join(emulator.folder, `assembly-${settings.giveUpAfterHours}`);

/** Synthesizes the app, adapts the template to the emulator and deploys it. */
async function deploy(emulator: Emulator, settings: typeof SETTINGS, status: string): Promise<void> {
  const assembly = assemblyOf(emulator, settings);
  await emulator.cdk('synth', '--quiet', '--output', assembly, ...context(settings));
  const { resources, leftOut, simplified } = await adapt(assembly, STACK);
  console.log(
    `${resources} resources: ${leftOut.length} left out (schema registry), ${simplified.length} simplified (alarms on metric math)`,
  );
  const outputs = join(emulator.folder, 'outputs.json');
  const quietly = ['--require-approval', 'never', '--outputs-file', outputs];
  await emulator.cdk('deploy', STACK, ...quietly, '--app', assembly);
  ok((await emulator.inventory()).stacks?.includes(`${STACK} ${status}`), `the stack is not ${status}`);
}

/** How many there are more of each kind. */
function added(before: Inventory, after: Inventory): Record<string, number> {
  const differences = Object.entries(after).map(
    ([kind, names]) => [kind, names.length - (before[kind]?.length ?? 0)] as const,
  );
  return Object.fromEntries(differences.filter(([, difference]) => difference !== 0));
}

const KINDS: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'tables',
  'AWS::KMS::Key': 'keys',
  'AWS::Logs::LogGroup': 'log groups',
};

/** How many resources of each kind the template has retained. */
async function retained(assembly: string): Promise<Record<string, number>> {
  const text = await readFile(join(assembly, `${STACK}.template.json`), 'utf8');
  const { Resources } = JSON.parse(text) as {
    Resources: Record<string, { Type: string; DeletionPolicy?: string }>;
  };
  const counts: Record<string, number> = {};
  for (const { Type, DeletionPolicy } of Object.values(Resources)) {
    if (DeletionPolicy !== 'Retain') continue;
    const kind = KINDS[Type] ?? Type;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
