import { type JobFault, type StudyFile, writeStudy } from '../../simulator/index.ts';

/** An import, and what must be published about it whichever interpreter runs the state machine. */
export interface Expectation {
  readonly given: { readonly files?: readonly StudyFile[]; readonly fault?: JobFault };
  /** Some members of `data` of the event, and some of theirs. */
  readonly data: Readonly<Record<string, unknown>>;
}

const broken = writeStudy().filter(({ name }) => name.startsWith('broken/'));

/**
 * Imports and their verdicts, by the title of the test: `test/workflow` plays them on the local interpreter in virtual
 * time, `npm run verify interpreter` on somebody else's.
 */
export const VERDICTS = {
  'is SUCCEEDED when every file was imported, and the watch tells of it the moment the job ends': {
    given: {},
    data: {
      outcome: 'SUCCEEDED',
      jobStatus: 'COMPLETED',
      files: { scanned: 5, imported: 5, rejected: 0, unaccounted: 0, withWarnings: 0 },
      imageSets: { generated: 2, nonPrimary: 0 },
      failures: [],
      discrepancies: [],
    },
  },
  'is PARTIALLY_FAILED when some files were refused, with the reasons': {
    given: { files: writeStudy({ seed: 2 }) },
    data: {
      outcome: 'PARTIALLY_FAILED',
      summary: '5 of 7 files imported, 2 rejected.',
      files: {
        scanned: 7,
        imported: 5,
        rejected: 2,
        rejectedByCustomerError: 2,
        rejectedByServerError: 0,
      },
      failures: [
        { exceptionType: 'ValidationException', message: 'DICOM attributes does not exist', count: 1 },
        {
          exceptionType: 'ValidationException',
          message: 'DICOM attribute SOPClassUID does not exist',
          count: 1,
        },
      ],
    },
  },
  'is PARTIALLY_FAILED when HealthImaging itself failed on a file': {
    given: { fault: { filesWithServerError: 1 } },
    data: {
      outcome: 'PARTIALLY_FAILED',
      files: { imported: 4, rejectedByServerError: 1 },
    },
  },
  'is NOTHING_IMPORTED when every file was refused, although the job is COMPLETED': {
    given: { files: broken },
    data: {
      outcome: 'NOTHING_IMPORTED',
      jobStatus: 'COMPLETED',
      files: { scanned: 2, imported: 0, rejected: 2 },
    },
  },
  'is NOTHING_IMPORTED when the prefix is empty': {
    given: { files: [] },
    data: { outcome: 'NOTHING_IMPORTED', files: { scanned: 0 } },
  },
  'is FAILED when the job failed, with its message and without waiting for a manifest': {
    given: { fault: { failWith: 'DICOM import job has failed.' } },
    data: {
      outcome: 'FAILED',
      jobStatus: 'FAILED',
      message: 'DICOM import job has failed.',
    },
  },
  'is ABANDONED when the job never ends, at the deadline and far below the history limit': {
    given: { fault: { neverEnds: true } },
    data: { outcome: 'ABANDONED', jobStatus: 'IN_PROGRESS' },
  },
  'lost: the end is found by polling, with the same verdict': {
    given: { fault: { eventsLost: ['IN_PROGRESS', 'COMPLETED'] } },
    data: { outcome: 'SUCCEEDED' },
  },
  'of the end only: it starts the watch, which finds the job ended': {
    given: { fault: { eventsLost: ['SUBMITTED', 'IN_PROGRESS'] } },
    data: { outcome: 'SUCCEEDED' },
  },
  'doubled: one execution, one verdict': {
    given: { fault: { eventsDoubled: true } },
    data: { outcome: 'SUCCEEDED' },
  },
  'reordered: the last is the first, with the same verdict': {
    given: { fault: { eventsReordered: true } },
    data: { outcome: 'SUCCEEDED' },
  },
  'late: the verdict waits for it': {
    given: { fault: { manifestDelaySeconds: 120 } },
    data: { outcome: 'SUCCEEDED' },
  },
  'missing: UNVERIFIED, never success, after five minutes': {
    given: { fault: { manifest: 'missing' } },
    data: { outcome: 'UNVERIFIED', unverifiedReason: 'MANIFEST_MISSING' },
  },
  'corrupt: UNVERIFIED': {
    given: { fault: { manifest: 'corrupt' } },
    data: { outcome: 'UNVERIFIED', unverifiedReason: 'MANIFEST_CORRUPT' },
  },
  'with a line cut off: said, and no clean success': {
    given: { fault: { success: 'truncated' } },
    data: {
      outcome: 'SUCCEEDED_WITH_WARNINGS',
      discrepancies: ['SUCCESS/success.ndjson holds 1 line that cannot be read'],
    },
  },
  'without its list of failures: the counters speak, and the gap is told': {
    given: { files: writeStudy({ seed: 3 }), fault: { failure: 'missing' } },
    data: {
      outcome: 'PARTIALLY_FAILED',
      files: { rejected: 2 },
      failures: [],
      discrepancies: ['the manifest counts 2 files rejected, FAILURE/failure.ndjson holds 0 lines'],
    },
  },
} satisfies Record<string, Expectation>;

export type Title = keyof typeof VERDICTS;
