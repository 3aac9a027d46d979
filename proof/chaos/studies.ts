import { type StudyFile, writeStudy } from '../../simulator/index.ts';
import type { JobPlan, Study } from './scenario.ts';

const files = writeStudy();
const broken = files.filter(({ name }) => name.startsWith('broken/'));
const STUDY_FILES: Readonly<Record<Study, readonly StudyFile[]>> = {
  clean: files.slice(0, 2),
  'some broken': [...files.slice(0, 1), ...broken],
  'all broken': broken,
};

const image = Buffer.from(files[0]?.bytes ?? []);
const [garbage, unclassified] = broken;
/** What an import refuses: a file without a SOP class, one that is cut off, and one that is not DICOM. */
const REFUSED = [unclassified?.bytes, image.subarray(0, 400), garbage?.bytes];
const text = image.toString('latin1');

/** What a job is to import. */
export function filesOf({ study, studies }: JobPlan): readonly StudyFile[] {
  if (!studies) return STUDY_FILES[study];
  const { first, count, refused } = studies;
  return Array.from({ length: count }, (_, index) => {
    const number = first + index;
    // Each study has a number in its UIDs, which are twelve digits.
    const own = text.replaceAll(`2.25.9${pad(1)}`, `2.25.9${pad(number)}`);
    const bytes = refused.includes(index) ? REFUSED[number % REFUSED.length] : Buffer.from(own, 'latin1');
    return { name: `study-${pad(number)}.dcm`, bytes: bytes ?? Buffer.alloc(0) };
  });
}
const pad = (number: number) => String(number).padStart(12, '0');
