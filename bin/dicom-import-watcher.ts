import { App } from 'aws-cdk-lib';
import { DicomImportWatcherStack } from '../lib/index.ts';
import { readSettings } from './settings.ts';

const NAME = 'DicomImportWatcher';

const app = new App();
try {
  const { regions, ...settings } = readSettings((name) => app.node.tryGetContext(name));
  const props = {
    ...settings,
    description: 'Follows every AWS HealthImaging DICOM import job to its end and publishes the verdict',
  };
  if (!regions) new DicomImportWatcherStack(app, NAME, props);
  const account = process.env.CDK_DEFAULT_ACCOUNT;
  for (const region of regions ?? []) {
    new DicomImportWatcherStack(app, `${NAME}-${region}`, {
      ...props,
      // The same in each region, and as without `regions`: a stack that is there already is updated.
      stackName: NAME,
      env: { region, ...(account && { account }) },
    });
  }
} catch (error) {
  // A wrong setting is the user's to mend: the sentence helps, a stack trace of ours does not.
  console.error(`dicom-import-watcher: ${(error as Error).message}`);
  process.exit(1);
}
