import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert';
import { Ajv } from 'ajv';
import { HEALTH_IMAGING_EVENTS, type JobStatus } from '../../../core/contract/names.ts';
import { parseImportEvent } from '../../../core/domain/incoming.ts';
import { parseJobManifest } from '../../../core/domain/verdict/job-manifest.ts';
import { tallyFailure, tallySuccess, tallyWarning } from '../../../core/domain/verdict/manifest.ts';
import { outcomeOf } from '../../../core/domain/verdict/outcome.ts';
import { documented, documentedLines } from '../../fixtures/documented-manifests.ts';
import { datastoreId, startWorld } from '../../fixtures/simulator-world.ts';
import { tallied } from '../../fixtures/tallied.ts';
import type { Part } from '../part.ts';
import type { Results } from '../results.ts';
import { addressesGet } from './addresses.ts';
import { detailSchema, generated, type PublishedEvent, publishedEvents } from './schemas.ts';
import { rulesSelect } from './selection.ts';

const STATUSES: Readonly<Record<string, JobStatus>> = {
  'Import Job Submitted': 'SUBMITTED',
  'Import Job In Progress': 'IN_PROGRESS',
  'Import Job Completed': 'COMPLETED',
  'Import Job Failed': 'FAILED',
};
const jobId = '0123456789abcdef0123456789abcdef';

export const part: Part = {
  proves:
    "the simulator's events, the rules and the parsers keep to the schemas and examples that AWS publishes",
  async run({ results }) {
    const all = await publishedEvents(HEALTH_IMAGING_EVENTS.source);
    const ofJobs = all.filter(({ detailType }) => detailType.startsWith('Import Job'));
    await results.check('the import-job events that AWS publishes are the four of the contract', () =>
      deepStrictEqual(
        ofJobs.map(({ detailType }) => detailType).sort(),
        [...HEALTH_IMAGING_EVENTS.detailTypes].sort(),
      ),
    );
    await simulatorKeepsTo(results, ofJobs);
    await parserTakes(results, ofJobs);
    await rulesSelect(results, all);
    await addressesGet(results);
    await manifestsAreRead(results);
  },
};

async function simulatorKeepsTo(results: Results, ofJobs: readonly PublishedEvent[]): Promise<void> {
  const ajv = new Ajv();
  const schemas = new Map(ofJobs.map((event) => [event.detailType, ajv.compile(detailSchema(event))]));
  for (const eventOutputS3Uri of ['parent', 'job-folder'] as const) {
    const world = await startWorld({ eventOutputS3Uri });
    try {
      await world.start({ jobName: 'well' });
      world.simulator.faults.job({ jobName: 'bad', failWith: 'no' });
      await world.start({ jobName: 'bad' });
      await world.clock.pass(100);
      const seen = new Set<string>();
      for (const event of world.events) {
        const name = event['detail-type'];
        if (seen.has(name)) continue;
        seen.add(name);
        await results.check(`the simulator's ${name} (${eventOutputS3Uri}) is valid`, () => {
          const valid = schemas.get(name);
          ok(valid?.(event.detail), JSON.stringify(valid?.errors ?? 'AWS has no such event'));
        });
      }
      await results.check(`the simulator sends all four (${eventOutputS3Uri})`, () =>
        strictEqual(seen.size, 4),
      );
    } finally {
      await world.stop();
    }
  }
}

async function parserTakes(results: Results, ofJobs: readonly PublishedEvent[]): Promise<void> {
  for (const event of ofJobs) {
    await results.check(`the handler reads the job of ${event.detailType}, made from the schema`, () => {
      const jobStatus = STATUSES[event.detailType];
      deepStrictEqual(parseImportEvent(generated(event, { datastoreId, jobId, jobStatus })), {
        datastoreId,
        jobId,
        jobStatus,
      });
    });
  }
}

async function manifestsAreRead(results: Results): Promise<void> {
  const tallies = {
    success: tallied(tallySuccess(), documentedLines.success),
    failure: tallied(tallyFailure(), documentedLines.failure),
    warning: tallied(tallyWarning(), documentedLines.warning),
  };
  await results.check('every line of the documented manifests is understood', () =>
    deepStrictEqual(
      Object.values(tallies).map(({ lines, malformed }) => [lines, malformed]),
      [
        [1, 0],
        [2, 0],
        [1, 0],
      ],
    ),
  );
  await results.check('the documented import is PARTIALLY_FAILED: 3 of 5 files imported, 2 rejected', () => {
    const summary = parseJobManifest(JSON.stringify(documented));
    ok(summary);
    const { outcome, files } = outcomeOf({ jobStatus: 'COMPLETED' }, { kind: 'read', summary, ...tallies });
    deepStrictEqual(
      [
        outcome,
        files?.scanned,
        files?.imported,
        files?.rejectedByCustomerError,
        files?.rejectedByServerError,
      ],
      ['PARTIALLY_FAILED', 5, 3, 2, 0],
    );
  });
  await results.check('an event of another service is refused', () => {
    throws(() => parseImportEvent({ 'detail-type': 'Data Store Created', detail: { datastoreId } }));
  });
}
