import { deepStrictEqual } from 'node:assert';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readInstance } from '../../../simulator/dicom.ts';
import { table } from '../../bench/table.ts';
import { lines, startWorld } from '../../fixtures/simulator-world.ts';
import type { Part } from '../part.ts';
import { python } from '../python.ts';
import { EXCEPTIONS, NOTHING_LOST } from './exceptions.ts';
import { checkImportedTwice } from './imported-twice.ts';

/** What pydicom reads of a file: its four UIDs, or the documented rule that it breaks. */
type Reading = { readonly refused: string; readonly uids?: readonly string[] };
type Readings = Readonly<Record<string, Reading>>;
/** What came of the import of a file: the reason for its refusal, or the codes of its warnings. */
type Imported = { readonly refused: string } | { readonly refused?: undefined; readonly warnings: number[] };

/** Groups of files, by how their names begin. */
const GROUPS: readonly [name: string, prefix: string][] = [
  ['`dicomdirtests/`', 'dicomdirtests/'],
  ['`SC_rgb*`', 'SC_rgb'],
  ['all', ''],
];
/** What is imported twice: a small study of many instances. */
const TWICE = 'dicomdirtests/TINY_ALPHA/';
const PAGE = 'docs/proof/files.md';

export const part: Part = {
  proves: 'the simulator imports those test files of pydicom that pydicom accepts under the documented rules',
  async run({ results, document }) {
    const { run, package: packaged } = await python('tools');
    const folder = packaged('pydicom/data/test_files');
    const script = fileURLToPath(new URL('read_files.py', import.meta.url));
    const { version, files }: { version: string; files: Readings } = JSON.parse(
      await run('python', [script, folder]),
    );
    const read = async (name: string): Promise<Uint8Array> => readFile(join(folder, name));
    const imported = await importAll(Object.keys(files), read);
    const accepted = Object.keys(files).filter((name) => !files[name]?.refused);
    const both = accepted.filter((name) => imported.get(name)?.refused === undefined);

    for (const [group, prefix] of GROUPS) {
      const names = Object.keys(files).filter((name) => name.startsWith(prefix));
      const count = accepted.filter((name) => name.startsWith(prefix)).length;
      await results.check(
        `pydicom accepts ${count} of ${names.length} files (${group}), and the simulator does the same but for known exceptions`,
        () => {
          const differ = names.filter(
            (name) => !files[name]?.refused !== (imported.get(name)?.refused === undefined),
          );
          const known = Object.keys(EXCEPTIONS).filter((name) => name.startsWith(prefix));
          deepStrictEqual(differ.sort(), known.sort());
        },
      );
    }
    await results.check(`both read the same UIDs of ${both.length} files`, async () => {
      for (const name of both) {
        const instance = readInstance(await read(name));
        const { sopClassUID, sopInstanceUID, studyInstanceUID, seriesInstanceUID } = instance;
        deepStrictEqual(
          [name, sopClassUID, sopInstanceUID, studyInstanceUID, seriesInstanceUID],
          [name, ...(files[name]?.uids ?? [])],
        );
      }
    });
    const twice = Object.keys(files).filter((name) => name.startsWith(TWICE) && !files[name]?.refused);
    await checkImportedTwice(
      results,
      await Promise.all(twice.map(async (name) => ({ name, bytes: await read(name) }))),
      twice.map((name) => files[name]?.uids ?? []),
    );
    const { cuts, between, clean } = await cutAll(both, read);
    await results.check(
      `none of ${cuts} cuts of them is imported without a warning, but ${between} between two elements and ${clean.length} that loses nothing`,
      () => deepStrictEqual(clean, Object.keys(NOTHING_LOST)),
    );
    await document(PAGE, pageOf(version, files, imported, { cuts, between }));
  },
};

/** Imports files as one job, through S3. */
async function importAll(
  names: readonly string[],
  read: (name: string) => Promise<Uint8Array>,
): Promise<Map<string, Imported>> {
  const world = await startWorld();
  try {
    for (const name of names) await world.put(`in/${name}`, await read(name));
    const jobId = await world.start();
    await world.clock.pass(90);
    type Line = {
      inputFile: string;
      exception: { message: string };
      importResponse: { warnings: { warning_reason_code: number }[] };
    };
    const found = async (file: string) => lines(await world.output(jobId, file)) as Line[];
    const imported = new Map<string, Imported>();
    const nameOf = ({ inputFile }: Line) => inputFile.slice('in/'.length);
    for (const line of await found('SUCCESS/success.ndjson')) imported.set(nameOf(line), { warnings: [] });
    for (const line of await found('WARNING/warning.ndjson')) {
      const warnings = line.importResponse.warnings.map((warning) => warning.warning_reason_code);
      imported.set(nameOf(line), { warnings });
    }
    for (const line of await found('FAILURE/failure.ndjson')) {
      imported.set(nameOf(line), { refused: line.exception.message });
    }
    deepStrictEqual([...imported.keys()].sort(), [...names].sort());
    return imported;
  } finally {
    await world.stop();
  }
}

/** Cuts each file at five places. A cut between two elements has an element on both sides that one byte more would cut. */
async function cutAll(names: readonly string[], read: (name: string) => Promise<Uint8Array>) {
  const clean: string[] = [];
  let [cuts, between] = [0, 0];
  for (const name of names) {
    const bytes = await read(name);
    const isClean = (length: number) => isCleanImport(bytes.subarray(0, length));
    const places = [0.2, 0.4, 0.6, 0.8].map((share) => Math.floor(bytes.length * share));
    for (const length of [...places, bytes.length - 1]) {
      cuts++;
      if (!isClean(length)) continue;
      if (isClean(length - 1) || isClean(length + 1)) clean.push(name);
      else between++;
    }
  }
  return { cuts, between, clean };
}

function isCleanImport(bytes: Uint8Array): boolean {
  try {
    return readInstance(bytes).warnings.length === 0;
  } catch {
    return false;
  }
}

function pageOf(
  version: string,
  files: Readings,
  imported: ReadonlyMap<string, Imported>,
  cuts: { readonly cuts: number; readonly between: number },
): string {
  const counts = GROUPS.map(([group, prefix]) => {
    const names = Object.keys(files).filter((name) => name.startsWith(prefix));
    return [
      group,
      names.length,
      names.filter((name) => !files[name]?.refused).length,
      names.filter((name) => imported.get(name)?.refused === undefined).length,
    ];
  });
  const reasons = new Map<string, number>();
  for (const { refused } of Object.values(files)) {
    if (refused) reasons.set(refused, (reasons.get(refused) ?? 0) + 1);
  }
  const warned = [...imported].flatMap(([name, result]) =>
    result.refused === undefined && result.warnings.length > 0
      ? [[`\`${name}\``, result.warnings.join(', ')]]
      : [],
  );
  return `# Files that pydicom and the simulator read

\`npm run verify -- files --write\` writes this page; without \`--write\`, the command fails if the page
differs. The simulated HealthImaging imports the test files of pydicom ${version} through S3. pydicom
reads the same files. It accepts a file if it can read it to the end, and if the file follows the
documented rules ([required elements](../healthimaging.md#7-lines-and-warnings),
[constraints](../healthimaging.md#14-dicom-files)).

${table(['files', 'there are', 'pydicom accepts', 'the simulator imports'], counts)}

pydicom does not accept the others for these reasons:

${table(['rule', 'files'], [...reasons].sort())}

pydicom accepts these files, but the simulator refuses them:

${list(EXCEPTIONS)}

The simulator imports these files with a warning:

${table(['file', 'code'], warned)}

Each file that both read was cut off at a fifth, two fifths, three fifths and four fifths of its
length, and before its last byte. These are ${cuts.cuts} cuts. The simulator refuses the rest of the file, or
warns about its pixel data, except after ${cuts.between} cuts that happen to be between two elements, and these:

${list(NOTHING_LOST)}
`;
}

const list = (reasons: Readonly<Record<string, string>>) =>
  Object.entries(reasons)
    .map(([name, reason]) => `- \`${name}\`:\n  ${reason}`)
    .join('\n');
