import { describe, expect, test } from 'vitest';
import type { JobSummary } from '../../../../core/domain/verdict/job-manifest.ts';
import { outcomeOf } from '../../../../core/domain/verdict/outcome.ts';
import { counters, type Files, manifest, successLine, times, warningLine } from '../given.ts';

const completed = { jobStatus: 'COMPLETED' } as const;
const imported = (summary: JobSummary, files: Files = {}) =>
  outcomeOf(completed, manifest(summary, { success: times(4, successLine()), ...files }));
const summaryOf = (...imageSetsSummary: NonNullable<JobSummary['imageSetsSummary']>) => ({
  ...counters(4, 4),
  imageSetsSummary,
});
/** A line of success.ndjson of which AWS documents less. */
const line = (importResponse: object) => JSON.stringify({ inputFile: 'in/1.dcm', importResponse });

describe('each image set of an import', () => {
  test('has what the job manifest says of it, and from the lines what that leaves out', () => {
    const { imageSetItems } = imported(
      summaryOf({ imageSetId: 'a', version: 2, instances: 3 }, { imageSetId: 'b', instances: 1 }),
      {
        success: [
          line({ imageSetId: 'a', isPrimary: true, imageSetVersion: 1 }),
          line({ imageSetId: 'b' }),
          line({ imageSetId: 'c', isPrimary: false }),
        ],
        warning: [warningLine(45056, 'b')],
      },
    );
    expect(imageSetItems).toEqual([
      { imageSetId: 'a', isPrimary: true, version: 2, instances: 3 },
      { imageSetId: 'b', isPrimary: true, instances: 1 },
      { imageSetId: 'c', isPrimary: false },
    ]);
  });

  test('has the highest version of its lines, and is not primary where one of them says so', () => {
    const { imageSetItems, imageSets } = imported(counters(4, 4), {
      success: [
        line({ imageSetId: 'a', imageSetVersion: 3, isPrimary: true }),
        line({ imageSetId: 'a', imageSetVersion: 5 }),
        line({ imageSetId: 'a', imageSetVersion: 4, isPrimary: false }),
        line({ imageSetId: 'a', isPrimary: true }),
      ],
    });
    expect(imageSetItems).toEqual([{ imageSetId: 'a', version: 5, isPrimary: false }]);
    expect(imageSets).toMatchObject({ nonPrimary: 1, created: 0, changed: 1 });
  });

  test('is created or changed, where the manifest has versions', () => {
    const sets = [1, 1, 2, 7].map((version, index) => ({ imageSetId: `${index}`, version }));
    expect(imported(summaryOf(...sets)).imageSets).toMatchObject({ created: 2, changed: 2 });
    const unknown = imported(summaryOf({ imageSetId: 'a' })).imageSets;
    expect([unknown?.created, unknown?.changed]).toEqual([undefined, undefined]);
  });
});

describe('instances that are fewer than files', () => {
  test('are files that replaced each other: no clean success', () => {
    expect(
      imported(summaryOf({ imageSetId: 'a', instances: 2 }, { imageSetId: 'b', instances: 1 })),
    ).toMatchObject({
      outcome: 'SUCCEEDED_WITH_WARNINGS',
      imageSets: { overwritten: 1 },
      discrepancies: [
        'OVERWRITTEN: 4 files imported, but only 3 SOP instances: files with the same SOPInstanceUID replace each other',
      ],
    });
  });

  test.each<[string, JobSummary]>([
    ['as many instances as files', summaryOf({ imageSetId: 'a', instances: 4 })],
    ['more instances, of a set that was there', summaryOf({ imageSetId: 'a', instances: 9 })],
    ['a set that does not say', summaryOf({ imageSetId: 'a', instances: 1 }, { imageSetId: 'b' })],
    ['no list', counters(4, 4)],
  ])('are not reported for %s', (_, summary) => {
    const { outcome, imageSets, discrepancies } = imported(summary);
    expect([outcome, imageSets?.overwritten, discrepancies]).toEqual(['SUCCEEDED', undefined, []]);
  });
});
