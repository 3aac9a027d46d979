import { deepStrictEqual, strictEqual } from 'node:assert';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImportJobId } from '../../../core/contract/names.ts';
import type { Results } from '../results.ts';
import { until } from '../until.ts';
import { adapt } from './adapter.ts';
import { ACCOUNT, type Emulator, REGION } from './emulator.ts';
import { DATASTORES, type Department, hospital, OTHERS_QUEUE, STAGE } from './hospital.ts';
import { finishedId, idOf, type Watcher } from './watcher.ts';

/** The app of `hospital.ts`: deployed, and each queue gets what is meant for it. */
export async function threeStacks(results: Results, emulator: Emulator, watcher: Watcher): Promise<void> {
  await watcher.createQueue(OTHERS_QUEUE);
  const { names, outputs, warnings } = await deploy(emulator);
  results.pass('three stacks in a Stage, with two watchers of 100 data stores each: cdk deploy');

  /** Imports into a data store of each department, and waits until the watches have ended. */
  const importAll = async (imports: readonly Import[]): Promise<ImportJobId[]> =>
    Promise.all(
      imports.map(async ({ department, store, withBrokenFiles }) => {
        const job = await watcher.import({ datastoreId: DATASTORES[department].at(store), withBrokenFiles });
        const stateMachine = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${names[department]}`;
        const { status } = await watcher.watch(stateMachine, job, (watch) => watch.status !== 'RUNNING');
        strictEqual(status, 'SUCCEEDED');
        return job;
      }),
    );
  const [radiology, lastOfRadiology, cardiology, lastOfCardiology] = (
    await importAll([
      { department: 'Radiology', store: 0, withBrokenFiles: true },
      { department: 'Radiology', store: -1, withBrokenFiles: false },
      { department: 'Cardiology', store: 0, withBrokenFiles: true },
      { department: 'Cardiology', store: -1, withBrokenFiles: false },
    ])
  ).map(finishedId) as [string, string, string, string];
  const all = [radiology, lastOfRadiology, cardiology, lastOfCardiology];
  const deadLettersOf = (department: Department) => outputs[`${department}DeadLetters`] ?? '';
  const meant: readonly [what: string, queue: string, ids: readonly string[]][] = [
    ['of both departments', 'archive', all],
    ['of a topic of both departments', 'fan-out', all],
    ['of radiology', 'reading-room', [radiology, lastOfRadiology]],
    ['of a single data store', 'last-data-store', [lastOfRadiology]],
    ['of cardiology, by the ids of all its data stores', 'orders.fifo', [cardiology, lastOfCardiology]],
    ['of what cardiology has to look at', 'tickets', [cardiology]],
    ['of others, whose policy allows nothing', OTHERS_QUEUE, []],
    ['of what radiology cannot deliver', deadLettersOf('Radiology'), [radiology, lastOfRadiology]],
    ['of what cardiology cannot deliver', deadLettersOf('Cardiology'), [cardiology, lastOfCardiology]],
  ];
  await Promise.all(
    meant.map(([what, queue, ids]) =>
      results.check(`three stacks: the queue ${what} gets what is meant for it, and nothing else`, () =>
        expectInQueue(watcher, queue, ids),
      ),
    ),
  );

  await results.check(
    'three stacks: the queue of others gets verdicts once its owner has added what the synthesis asks for',
    async () => {
      strictEqual(
        warnings.length,
        2,
        `the synthesis warns of one statement for each watcher:\n${warnings.join('\n')}`,
      );
      await watcher.setPolicy(OTHERS_QUEUE, warnings.map(statementIn));
      const jobs = await importAll([
        { department: 'Radiology', store: 50, withBrokenFiles: false },
        { department: 'Cardiology', store: 50, withBrokenFiles: false },
      ]);
      await expectInQueue(watcher, OTHERS_QUEUE, jobs.map(finishedId));
    },
  );
}

interface Import {
  readonly department: Department;
  /** Its place in the department's list. */
  readonly store: number;
  readonly withBrokenFiles: boolean;
}

/** What a warning of the synthesis asks the owner of a policy to add. */
const ASKS_OWNER = /until its owner adds: (\{.*\});/;

/** Synthesizes the app, adapts the templates to the emulator and deploys all of the Stage. */
async function deploy(emulator: Emulator) {
  const folder = join(emulator.folder, 'three-stacks');
  const { app, names } = hospital(folder);
  const { directory, stacks } = app.synth().getNestedAssembly(`assembly-${STAGE}`);
  const warnings = stacks
    .flatMap(({ messages }) => messages)
    .map(({ entry }) => String(entry.data))
    .filter((message) => ASKS_OWNER.test(message));
  for (const { id } of stacks) await adapt(directory, id);
  const outputsFile = join(emulator.folder, 'three-stacks-outputs.json');
  const quietly = ['--require-approval', 'never', '--outputs-file', outputsFile];
  await emulator.cdk('deploy', `${STAGE}/*`, ...quietly, '--app', folder);
  const outputs: Record<string, Record<string, string>> = JSON.parse(await readFile(outputsFile, 'utf8'));
  return { names, warnings, outputs: Object.assign({}, ...Object.values(outputs)) as Record<string, string> };
}

function statementIn(warning: string): object {
  const [, statement = ''] = ASKS_OWNER.exec(warning) ?? [];
  return JSON.parse(statement.replaceAll('<AWS::Partition>', 'aws'));
}

/** Expects these events in a queue once all are there, each once, and no other. */
async function expectInQueue(watcher: Watcher, queue: string, ids: readonly string[]): Promise<void> {
  await until(`${ids.length} events in the queue ${queue}`, async () =>
    (await watcher.received(queue)).length >= ids.length ? true : undefined,
  );
  deepStrictEqual((await watcher.received(queue)).map(idOf).toSorted(), [...ids].toSorted());
}
