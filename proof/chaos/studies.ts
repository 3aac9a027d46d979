import { type StudyFile, writeStudy } from '../../simulator/index.ts';
import type { JobPlan, Study } from './scenario.ts';

const STUDY_FILES: Readonly<Record<Study, readonly StudyFile[]>> = {
  clean: writeStudy({ withBrokenFiles: false }).slice(0, 2),
  'some broken': [...writeStudy({ withBrokenFiles: false }).slice(0, 1), ...broken()],
  'all broken': broken(),
};
function broken(): StudyFile[] {
  return writeStudy().filter(({ name }) => name.startsWith('broken/'));
}

const [numbered, unclassified] = writeStudy({ instancesPerSeries: [1] }).filter(
  ({ name }) => !name.includes('garbage'),
);
/** Files that an import refuses: without a SOP class, cut off, and no DICOM. */
const REFUSED = [unclassified?.bytes, numbered?.bytes.slice(0, 400), broken()[0]?.bytes];

/** What a job is to import. */
export function filesOf({ study, studies }: JobPlan): readonly StudyFile[] {
  if (!studies) return STUDY_FILES[study];
  const { first, count, refused } = studies;
  return Array.from({ length: count }, (_, index) => {
    const number = first + index;
    const text = Buffer.from(numbered?.bytes ?? []).toString('latin1');
    // Each study has a number in its UIDs, which are twelve digits.
    const own = text.replaceAll(`2.25.9${pad(1)}`, `2.25.9${pad(number)}`);
    const bytes = refused.includes(index) ? REFUSED[number % REFUSED.length] : Buffer.from(own, 'latin1');
    return { name: `study-${pad(number)}.dcm`, bytes: bytes ?? Buffer.alloc(0) };
  });
}
const pad = (number: number) => String(number).padStart(12, '0');
