/** A state machine that imports files, starts processing if the import succeeded, and opens a ticket otherwise. */
import { App, Stack } from 'aws-cdk-lib';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, JsonPath, StateMachine, TaskInput } from 'aws-cdk-lib/aws-stepfunctions';
import { SqsSendMessage } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { DicomImportWatcher, ImportDicom } from 'dicom-import-watcher';

const app = new App();
const stack = new Stack(app, 'Pipeline');
const watcher = new DicomImportWatcher(stack, 'Watcher', {
  outputBuckets: [Bucket.fromBucketName(stack, 'Output', 'my-import-output')],
  alarmEmails: ['on-call@hospital.example'],
});
const send = (id: string) =>
  new SqsSendMessage(stack, id, {
    queue: new Queue(stack, `${id}Queue`, { enforceSSL: true }),
    messageBody: TaskInput.fromJsonPathAt('$'),
  });

const imported = new ImportDicom(stack, 'Import', {
  watcher,
  datastoreId: '11111111111111111111111111111111',
  inputS3Uri: JsonPath.stringAt('$.input'),
  outputS3Uri: 's3://my-import-output/',
  dataAccessRole: Role.fromRoleArn(stack, 'Access', 'arn:aws:iam::111122223333:role/healthimaging-import'),
  failOn: ['PARTIALLY_FAILED', 'NOTHING_IMPORTED', 'FAILED', 'UNVERIFIED', 'ABANDONED'],
}).toSingleState({ outputPath: '$[0]' });
imported.addCatch(send('Ticket'), { errors: ['States.ALL'], resultPath: '$.error' });

new StateMachine(stack, 'ImportAndProcess', {
  definitionBody: DefinitionBody.fromChainable(imported.next(send('Process'))),
});
app.synth();
