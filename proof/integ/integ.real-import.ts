/**
 * Deploys the stack into a real account, imports a study into a real data store, and asserts the verdict in a queue:
 * `npm run verify:aws`, described in docs/proof/verification.md. A CDK app, by the conventions of the CDK's integration tests.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ExpectedResult, IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, ArnFormat, Duration, RemovalPolicies, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DATASTORE_ID } from '../../core/contract/patterns.ts';
import { DicomImportWatcherStack } from '../../lib/index.ts';
import { writeStudy } from '../../simulator/study.ts';

const datastoreId = process.env.VERIFY_DATASTORE_ID ?? '';
if (!DATASTORE_ID.pattern.test(datastoreId)) {
  console.error(
    `verify:aws: set VERIFY_DATASTORE_ID to the id of a data store that may be filled with a test study: ${DATASTORE_ID.allowed}`,
  );
  process.exit(1);
}

/** The stack that is deployed for use, and around it what an import needs. */
class RealImport extends DicomImportWatcherStack {
  readonly input: Bucket;
  readonly output: Bucket;
  readonly dataAccessRole: Role;
  readonly verdicts: Queue;

  constructor(app: App) {
    const outputName = `verify-${datastoreId}-output`;
    super(app, 'DicomImportWatcherVerify', { outputBuckets: [outputName], datastoreIds: [datastoreId] });
    this.input = this.bucket('Input');
    this.output = this.bucket('ImportOutput', outputName);
    this.dataAccessRole = this.accessRole();
    this.verdicts = new Queue(this, 'Verdicts', { enforceSSL: true });
    this.watcher.addQueue(this.verdicts);
    new BucketDeployment(this, 'Study', {
      sources: [Source.asset(studyFolder())],
      destinationBucket: this.input,
      destinationKeyPrefix: 'study',
    });
    // Nothing of the trial is to stay.
    RemovalPolicies.of(this).destroy();
  }

  private bucket(id: string, bucketName?: string): Bucket {
    return new Bucket(this, id, {
      bucketName,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    });
  }

  /** https://docs.aws.amazon.com/healthimaging/latest/devguide/getting-started-setting-up.html */
  private accessRole(): Role {
    const service = 'medical-imaging';
    const dataStore = this.formatArn({ service, resource: 'datastore', resourceName: datastoreId });
    const role = new Role(this, 'Access', {
      assumedBy: new ServicePrincipal('medical-imaging.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': this.account },
          ArnEquals: { 'aws:SourceArn': dataStore },
        },
      }),
    });
    const allow = (action: string, ...resources: string[]) =>
      role.addToPolicy(new PolicyStatement({ actions: [action], resources }));
    allow('s3:ListBucket', this.input.bucketArn, this.output.bucketArn);
    allow('s3:GetObject', this.input.arnForObjects('*'));
    allow('s3:PutObject', this.output.arnForObjects('*'));
    return role;
  }
}

/** The study of the demo: five images that can be imported and two files that cannot. */
function studyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dicom-import-watcher-study-'));
  for (const { name, bytes } of writeStudy()) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return folder;
}

// What the CDK does anyway, where nobody says.
const app = new App({ context: { '@aws-cdk/core:defaultCrossStackReferences': 'strong' } });
const stack = new RealImport(app);
const { assertions } = new IntegTest(app, 'RealImport', { testCases: [stack] });

const started = assertions.awsApiCall(
  'medical-imaging',
  'StartDICOMImportJob',
  {
    datastoreId,
    dataAccessRoleArn: stack.dataAccessRole.roleArn,
    inputS3Uri: stack.input.s3UrlForObject('study/'),
    outputS3Uri: stack.output.s3UrlForObject('imports/'),
    jobName: 'dicom-import-watcher-verify',
  },
  ['jobId'],
);
started.provider.addToRolePolicy({
  Effect: 'Allow',
  Action: ['iam:PassRole'],
  Resource: [stack.dataAccessRole.roleArn],
});
const jobId = started.getAttString('jobId');

const verdict = assertions
  .awsApiCall('SQS', 'receiveMessage', { QueueUrl: stack.verdicts.queueUrl, WaitTimeSeconds: 20 })
  .expect(
    ExpectedResult.objectLike({
      Messages: [
        {
          Body: Match.serializedJson(
            Match.objectLike({
              'detail-type': 'DICOM Import Finished',
              detail: {
                data: {
                  datastoreId,
                  jobId,
                  outcome: 'PARTIALLY_FAILED',
                  files: { scanned: 7, imported: 5, rejected: 2 },
                },
              },
            }),
          ),
        },
      ],
    }),
  )
  .waitForAssertions({ totalTimeout: Duration.minutes(30), interval: Duration.seconds(30) });

const { stateMachineArn } = stack.watcher.stateMachine;
const watch = assertions
  .awsApiCall('StepFunctions', 'describeExecution', {
    executionArn: stack.formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${Stack.of(stack).splitArn(stateMachineArn, ArnFormat.COLON_RESOURCE_NAME).resourceName}:${datastoreId}-${jobId}`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  })
  .expect(ExpectedResult.objectLike({ status: 'SUCCEEDED' }))
  .waitForAssertions({ totalTimeout: Duration.minutes(5) });

started.next(verdict).next(watch);
app.synth();
