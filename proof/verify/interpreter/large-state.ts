import { ok, strictEqual } from 'node:assert';
import { MAX_DATA_BYTES } from '../../../core/domain/notices/import-report.ts';
import { DATASTORE_ID } from '../../../local/import-files.ts';
import { writeStudy } from '../../../simulator/index.ts';
import { expectVerdict, finishedId, type Scenarios } from './playing.ts';

/** More than an event can name. */
const IMAGE_SETS = 1_500;
const EVERY_SERIES = Array<number>(IMAGE_SETS).fill(1);

export const LARGE_STATE: Scenarios = {
  [`an import of ${IMAGE_SETS} image sets fills the event, and the state takes it`]: async (world) => {
    const files = writeStudy({ seed: 7, instancesPerSeries: EVERY_SERIES, withBrokenFiles: false });
    const job = await world.import({ files, datastoreId: DATASTORE_ID });
    await expectVerdict(world, job, {
      outcome: 'SUCCEEDED',
      imageSets: { generated: IMAGE_SETS, created: IMAGE_SETS, changed: 0 },
    });
    const { detail } = await world.published(finishedId(job));
    const { data } = detail as { data: { imageSets: { items: object[] }; omitted: { imageSets: number } } };
    const bytes = Buffer.byteLength(JSON.stringify(data));
    ok(bytes <= MAX_DATA_BYTES && bytes > MAX_DATA_BYTES - 1024, `data has ${bytes} bytes`);
    strictEqual(data.imageSets.items.length + data.omitted.imageSets, IMAGE_SETS);
    return [finishedId(job)];
  },
};
