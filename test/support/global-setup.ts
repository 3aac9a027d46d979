import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs once for all test files, before and after them. All temporary files of the run are in one folder that goes with it: the
 * CDK makes an output folder for each app, and leaves it.
 */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'dicom-import-watcher-tests-'));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
