import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type CfnElement, Duration } from 'aws-cdk-lib';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { DicomImportWatcherStack, type DicomImportWatcherStackProps } from '../lib/index.ts';
import type { Template } from './template.ts';

/** The bucket that the demo imports from, and the one that HealthImaging writes its manifests to. */
export const INPUT_BUCKET = 'hospital-dicom-input';
export const OUTPUT_BUCKET = 'hospital-import-output';
export const EMAIL = 'radiology-it@hospital.example';

export interface SynthesizedStack {
  readonly template: Template;
  /** The folder of the cloud assembly. */
  readonly assembly: string;
  /** Logical id of the queue that gets every event. */
  readonly queue: string;
  /** Logical ids of the queues of `props.queues`, by name. */
  readonly queues: ReadonlyMap<string, string>;
}

/**
 * Synthesizes the stack as `cdk deploy` would, with one person and one queue subscribed.
 * @param props - what differs from the defaults; the demo looks every ten seconds, to be over soon.
 */
export function synthesizeDemo(props: Partial<DicomImportWatcherStackProps> = {}): SynthesizedStack {
  const outdir = mkdtempSync(join(tmpdir(), 'dicom-import-watcher-'));
  // However the process ends.
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }));
  const app = new App({
    outdir,
    // The CDK's own validation takes several times as long as the rest: `npm run synth` has it.
    builtinCloudFormationValidation: false,
  });
  const stack = new DicomImportWatcherStack(app, 'Demo', {
    outputBuckets: [OUTPUT_BUCKET],
    emails: [EMAIL],
    pollInterval: Duration.seconds(10),
    giveUpAfter: Duration.hours(2),
    ...props,
  });
  const logicalId = (queue: IQueue) => stack.getLogicalId(queue.node.defaultChild as CfnElement);
  const queue = stack.watcher.addQueue('Verdicts');
  const assembly = app.synth();
  return {
    template: assembly.getStackByName(stack.stackName).template,
    assembly: assembly.directory,
    queue: logicalId(queue),
    queues: new Map(Object.entries(stack.queues).map(([name, each]) => [name, logicalId(each)])),
  };
}
