/** Two data stores, of which the emergency department's pages somebody, and a queue for the worklist. */
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { DicomImportWatcher } from 'dicom-import-watcher';

const RADIOLOGY = '11111111111111111111111111111111';
const EMERGENCY = '22222222222222222222222222222222';

const app = new App();
const stack = new Stack(app, 'Hospital');
const bucket = Bucket.fromBucketAttributes(stack, 'Output', {
  bucketName: 'hospital-import-output',
  encryptionKey: Key.fromKeyArn(
    stack,
    'OutputKey',
    'arn:aws:kms:us-east-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef',
  ),
});
const watcher = new DicomImportWatcher(stack, 'Watcher', {
  outputBuckets: [{ bucket, prefix: 'imports/' }],
  datastoreIds: [RADIOLOGY, EMERGENCY],
  emails: ['pacs-team@hospital.example'],
  alarmEmails: ['it-on-call@hospital.example'],
  overdueAfter: Duration.hours(2),
  archiveFor: Duration.days(365),
  schemaRegistry: true,
});
watcher.addQueue('worklist', { outcomes: ['SUCCEEDED', 'SUCCEEDED_WITH_WARNINGS'] });
// Whoever reads this queue pages: an import of the emergency department that did not bring what it should.
watcher.addQueue('paging', {
  datastoreIds: [EMERGENCY],
  outcomes: ['PARTIALLY_FAILED', 'NOTHING_IMPORTED', 'FAILED', 'UNVERIFIED', 'OVERDUE', 'WATCH_FAILED'],
});
app.synth();
