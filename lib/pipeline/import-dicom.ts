import { Duration, Stack } from 'aws-cdk-lib';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  type INextable,
  JitterType,
  JsonPath,
  type State,
  StateMachineFragment,
} from 'aws-cdk-lib/aws-stepfunctions';
import { CallAwsService } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { CLIENT_TOKEN, DATASTORE_ID, JOB_NAME, S3_URI } from '../../core/contract/patterns.ts';
import { checkText } from '../private/validate.ts';
import { DEFAULT_RESULT, followImport, type ImportOutcomeOptions } from './follow-import.ts';

/** What is imported, from where and by whom. */
export interface ImportDicomProps extends ImportOutcomeOptions {
  /** Id of the data store, or where it is in the state: `JsonPath.stringAt('$.datastoreId')`. */
  readonly datastoreId: string;
  /** `s3://bucket/prefix/` of the DICOM files, or where it is in the state. */
  readonly inputS3Uri: string;
  /** `s3://bucket/prefix/` for the manifests, or where it is in the state. */
  readonly outputS3Uri: string;
  /** The role that HealthImaging reads and writes the buckets with. */
  readonly dataAccessRole: IRole;
  /**
   * Name of the job: 1 to 64 letters, digits and any of `._/#-`. It shows up in HealthImaging's own events: name no patient.
   * @default - none
   */
  readonly jobName?: string;
  /**
   * What makes two calls the same import: 1 to 64 letters, digits and any of `._-`. The default imports the same files once within an execution,
   * also when it is redriven.
   * @default - of the execution, the input and the output
   */
  readonly clientToken?: string;
}

/** Where the id of the data store is not known at synthesis, any of the account may be imported into. */
const ANY = '*';

/**
 * Imports DICOM files and waits for the outcome, as `.sync` would if HealthImaging had one: starts the job with retries
 * where quotas are reached, and follows it through the watcher.
 */
export class ImportDicom extends StateMachineFragment {
  /** The state that it begins with. */
  readonly startState: State;
  /** What is chained to the next state. */
  readonly endStates: INextable[];

  constructor(scope: Construct, id: string, props: ImportDicomProps) {
    super(scope, id);
    const { datastoreId, inputS3Uri, outputS3Uri, dataAccessRole, jobName, clientToken } = props;
    checkText('datastoreId', datastoreId, DATASTORE_ID);
    checkText('inputS3Uri', inputS3Uri, S3_URI);
    checkText('outputS3Uri', outputS3Uri, S3_URI);
    if (jobName !== undefined) checkText('jobName', jobName, JOB_NAME);
    if (clientToken !== undefined) checkText('clientToken', clientToken, CLIENT_TOKEN);
    const start = new CallAwsService(this, 'Start', {
      stateName: 'Start the import',
      service: 'medicalimaging',
      action: 'startDICOMImportJob',
      // CDK would make it medicalimaging:startDICOMImportJob, which is no action.
      iamAction: 'medical-imaging:StartDICOMImportJob',
      iamResources: [
        Stack.of(this).formatArn({
          service: 'medical-imaging',
          resource: 'datastore',
          resourceName: JsonPath.isEncodedJsonPath(datastoreId) ? ANY : datastoreId,
        }),
      ],
      additionalIamStatements: [
        new PolicyStatement({
          actions: ['iam:PassRole'],
          resources: [dataAccessRole.roleArn],
          conditions: { StringEquals: { 'iam:PassedToService': 'medical-imaging.amazonaws.com' } },
        }),
      ],
      parameters: {
        DatastoreId: datastoreId,
        InputS3Uri: inputS3Uri,
        OutputS3Uri: outputS3Uri,
        DataAccessRoleArn: dataAccessRole.roleArn,
        JobName: jobName,
        ClientToken: clientToken ?? importToken(inputS3Uri, outputS3Uri),
      },
      resultSelector: {
        'datastoreId.$': '$.DatastoreId',
        'jobId.$': '$.JobId',
      },
      resultPath: props.resultPath ?? DEFAULT_RESULT,
    });
    // A data store takes 100 jobs at once, which is a matter of hours; the rest passes in seconds.
    start.addRetry({
      errors: ['MedicalImaging.ServiceQuotaExceededException'],
      interval: Duration.minutes(1),
      backoffRate: 1.5,
      maxDelay: Duration.minutes(15),
      maxAttempts: 100,
      jitterStrategy: JitterType.FULL,
    });
    start.addRetry({
      errors: [
        'MedicalImaging.ThrottlingException',
        'MedicalImaging.InternalServerException',
        'MedicalImaging.SdkClientException',
      ],
      interval: Duration.seconds(2),
      backoffRate: 2,
      maxDelay: Duration.minutes(1),
      maxAttempts: 12,
      jitterStrategy: JitterType.FULL,
    });
    const { end } = followImport(this, start, props);
    this.startState = start;
    this.endStates = [end];
  }
}

/** The same in every try of a task, and when the execution is redriven. */
function importToken(inputS3Uri: string, outputS3Uri: string): string {
  const what = JsonPath.format('{} {} {}', JsonPath.executionId, inputS3Uri, outputS3Uri);
  return JsonPath.hash(what, 'SHA-256');
}
