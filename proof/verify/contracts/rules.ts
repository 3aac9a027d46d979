import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { App } from 'aws-cdk-lib';
import { resourcesOf } from '../../../local/template.ts';
import { STACK } from '../apps.ts';
import { python } from '../python.ts';

export interface PatternRule {
  readonly id: string;
  readonly pattern: object;
}

/** The rules of an app that have a pattern, with ARNs as text. */
export function patternRules(app: App): PatternRule[] {
  const { template } = app.synth().getStackByName(STACK);
  return resourcesOf<{ EventPattern?: object }>(template, 'AWS::Events::Rule').flatMap(
    ({ id, properties: { EventPattern: pattern } }) => (pattern ? [{ id, pattern }] : []),
  );
}

/** Per pattern and event, or filter policy and attributes of a message, whether it matches by moto's implementation. */
export async function matchedByMoto(
  patterns: readonly object[],
  events: readonly object[],
  by: 'match_events.py' | 'match_messages.py' = 'match_events.py',
): Promise<boolean[][]> {
  const { run } = await python('tools');
  const folder = await mkdtemp(join(tmpdir(), 'dicom-import-watcher-verify-'));
  try {
    const file = join(folder, 'given.json');
    await writeFile(file, JSON.stringify({ patterns, events }));
    const script = fileURLToPath(new URL(by, import.meta.url));
    return JSON.parse(await run('python', [script, file]));
  } finally {
    await rm(folder, { recursive: true });
  }
}
