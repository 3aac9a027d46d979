/** One watcher, one person. */
import { App, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { DicomImportWatcher } from 'dicom-import-watcher';

const app = new App();
const stack = new Stack(app, 'Minimal');
new DicomImportWatcher(stack, 'Watcher', {
  outputBuckets: [Bucket.fromBucketName(stack, 'Output', 'my-import-output')],
  emails: ['radiology-it@hospital.example'],
  alarmEmails: ['radiology-it@hospital.example'],
});
app.synth();
