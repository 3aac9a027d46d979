import { deepStrictEqual, partialDeepStrictEqual, strictEqual } from 'node:assert';
import { rm } from 'node:fs/promises';
import type { Detail, ImportFinishedData } from '../../../core/contract/events.ts';
import { finishedId } from '../../../core/domain/watch/told.ts';
import { type LocalCloud, startLocalCloud } from '../../../local/cloud.ts';
import { synthesizeDemo } from '../../../local/demo-stack.ts';
import type { BusEvent } from '../../../local/event-bus.ts';
import { DATASTORE_ID, putFiles, startImport } from '../../../local/import-files.ts';
import type { StudyFile } from '../../../simulator/index.ts';
import type { Results } from '../results.ts';
import { until } from '../until.ts';

const PREFIX = 'twice/';

/** Holds what the watcher's verdicts say of an import and of its repetition against what pydicom read of the files. */
export async function checkImportedTwice(
  results: Results,
  files: readonly StudyFile[],
  uids: readonly (readonly string[])[],
): Promise<void> {
  const stack = synthesizeDemo();
  const cloud = await startLocalCloud({ ...stack, simulator: { jobDurationSeconds: 1 } });
  try {
    await putFiles(cloud, PREFIX, files);
    const first = await verdict(cloud, stack.queue);
    const second = await verdict(cloud, stack.queue);
    const counted = instancesBySeries(uids);
    const sets = counted.length;

    const seen = `${files.length} files, of which pydicom counts ${counted} instances in ${sets} series`;
    await results.check(`${seen}: the first verdict says that all image sets are new`, () => {
      partialDeepStrictEqual(first, {
        outcome: 'SUCCEEDED',
        files: { scanned: files.length, imported: files.length },
        imageSets: { generated: sets, created: sets, changed: 0 },
      });
      deepStrictEqual(versions(first), Array(sets).fill(1));
    });
    await results.check('imported again: the second says that all are changed, with the same ids', () => {
      partialDeepStrictEqual(second, {
        outcome: 'SUCCEEDED',
        files: { scanned: files.length, imported: files.length },
        imageSets: { generated: sets, created: 0, changed: sets },
      });
      deepStrictEqual(versions(second), Array(sets).fill(2));
      deepStrictEqual(ids(second), ids(first));
      strictEqual(new Set(ids(first)).size, sets);
    });
    await results.check('both count the instances that pydicom counts', () => {
      deepStrictEqual([instances(first), instances(second)], [counted, counted]);
    });
  } finally {
    await cloud.stop();
    await rm(stack.assembly, { recursive: true, force: true });
  }
}

/** Imports what lies below the prefix. @returns what the queue gets. */
async function verdict(cloud: LocalCloud, queue: string): Promise<ImportFinishedData> {
  const jobId = await startImport(cloud, PREFIX, 'twice');
  const id = finishedId({ datastoreId: DATASTORE_ID, jobId });
  return until(`the verdict ${id}`, async () => {
    const body = await cloud.receive(queue);
    if (body === undefined) return undefined;
    const { metadata, data } = (JSON.parse(body) as BusEvent).detail as Detail<ImportFinishedData>;
    return metadata.id === id ? data : undefined;
  });
}

const items = ({ imageSets }: ImportFinishedData) => imageSets?.items ?? [];
const ids = (data: ImportFinishedData) => items(data).map(({ imageSetId }) => imageSetId);
const versions = (data: ImportFinishedData) => items(data).map(({ version }) => version);
const instances = (data: ImportFinishedData) =>
  items(data)
    .map(({ instances = 0 }) => instances)
    .sort(byNumber);
const byNumber = (a: number, b: number) => a - b;

/** How many SOP instances each series of each study has, by the UIDs that pydicom read: class, instance, study, series. */
function instancesBySeries(uids: readonly (readonly string[])[]): number[] {
  const found = new Map<string, Set<string>>();
  for (const [, instance = '', study, series] of uids) {
    const key = `${study}/${series}`;
    found.set(key, (found.get(key) ?? new Set()).add(instance));
  }
  return [...found.values()].map(({ size }) => size).sort(byNumber);
}
