import { Annotations, App } from 'aws-cdk-lib';
import { DicomImportWatcherStack } from '../lib/index.ts';
import { readSettings, type Settings } from './settings.ts';

const NAME = 'DicomImportWatcher';

const app = new App();
try {
  const { regions, ...settings } = readSettings(app.node.getAllContext());
  const props = {
    ...settings,
    description: 'Follows every AWS HealthImaging DICOM import job to its end and publishes the verdict',
  };
  if (!regions) warnOfSilence(new DicomImportWatcherStack(app, NAME, props), settings);
  const account = process.env.CDK_DEFAULT_ACCOUNT;
  for (const region of regions ?? []) {
    const stack = new DicomImportWatcherStack(app, `${NAME}-${region}`, {
      ...props,
      // The same in each region, and as without `regions`: a stack that is there already is updated.
      stackName: NAME,
      env: { region, ...(account && { account }) },
    });
    warnOfSilence(stack, settings);
  }
} catch (error) {
  // The user has to fix a wrong setting: the sentence helps, a stack trace of ours does not.
  console.error(`dicom-import-watcher: ${(error as Error).message}`);
  process.exit(1);
}

/** Other subscribers can be added in the console; but most who set none have forgotten them. */
function warnOfSilence(
  stack: DicomImportWatcherStack,
  { emails = [], queues = [], chat = false }: Omit<Settings, 'regions'>,
): void {
  if (emails.length + queues.length > 0 || chat) return;
  Annotations.of(stack).addWarningV2(
    'dicom-import-watcher:subscribers',
    "nobody is notified of verdicts: set 'emails', 'queues' or 'chat'",
  );
}
