/** A table of imports and their image sets, filled from events alone: the function that fills it may not read S3. */
import { fileURLToPath } from 'node:url';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { DicomImportWatcher } from 'dicom-import-watcher';

const app = new App();
const stack = new Stack(app, 'ImageSets');
const watcher = new DicomImportWatcher(stack, 'Watcher', {
  outputBuckets: [Bucket.fromBucketName(stack, 'Output', 'my-import-output')],
  alarmEmails: ['on-call@hospital.example'],
});
const table = new Table(stack, 'Imports', {
  partitionKey: { name: 'job', type: AttributeType.STRING },
  sortKey: { name: 'item', type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
});
const fillTable = new NodejsFunction(stack, 'FillTable', {
  entry: fileURLToPath(new URL('image-sets/fill-table.ts', import.meta.url)),
  runtime: Runtime.NODEJS_24_X,
  environment: { TABLE: table.tableName },
  // Less than the 30 seconds after which the queue gives a message again.
  timeout: Duration.seconds(20),
});
table.grant(fillTable, 'dynamodb:PutItem', 'dynamodb:BatchWriteItem');
fillTable.addEventSource(new SqsEventSource(watcher.addQueue('imports'), { reportBatchItemFailures: true }));
app.synth();
