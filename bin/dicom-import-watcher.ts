import { App } from 'aws-cdk-lib';
import { DicomImportWatcherStack } from '../lib/index.ts';
import { readSettings } from './settings.ts';

const app = new App();
try {
  new DicomImportWatcherStack(app, 'DicomImportWatcher', {
    ...readSettings((name) => app.node.tryGetContext(name)),
    description: 'Follows every AWS HealthImaging DICOM import job to its end and publishes the verdict',
  });
} catch (error) {
  // A wrong setting is the user's to mend: the sentence helps, a stack trace of ours does not.
  console.error(`dicom-import-watcher: ${(error as Error).message}`);
  process.exit(1);
}
