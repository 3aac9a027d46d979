import { Duration, type IResolvable, Stack, Token } from 'aws-cdk-lib';
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
import {
  ACCOUNT_ID,
  CLIENT_TOKEN,
  DATASTORE_ID,
  JOB_NAME,
  S3_URI,
  UID,
} from '../../core/contract/patterns.ts';
import { check, checkText } from '../private/validate.ts';
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
   * The account that owns the input bucket: 12 digits, or where it is in the state. HealthImaging needs it for a bucket of another
   * account or region.
   * @default - none: the bucket is of this account and region
   */
  readonly inputOwnerAccountId?: string;
  /**
   * Metadata that is added from JSON files: `{ dicomJsonMetadataImportConfiguration: { dicomMetadataMappings: [{ studyInstanceUID,
   * seriesInstanceUID, metadataFilePath }] } }`, or where it is in the state: `JsonPath.objectAt('$.configuration')`, with names as Step Functions
   * writes them (`DicomJsonMetadataImportConfiguration`). UIDs that stand here are in the definition, which is no place for those of a
   * patient.
   * @default - none
   */
  readonly importConfiguration?: { [name: string]: object } | IResolvable;
  /**
   * What makes two calls the same import: 1 to 64 letters, digits and any of `._-`. The default imports the same files once within an execution,
   * also when it is redriven.
   * @default - of the execution, the data store, the input and the output
   */
  readonly clientToken?: string;
}

/** Where the id of the data store is not known at synthesis, any of the account may be imported into. */
const ANY = '*';
/** docs/healthimaging.md#2-import-configuration */
const MAX_MAPPINGS = 1000;

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
    const { inputOwnerAccountId, importConfiguration } = props;
    checkText('datastoreId', datastoreId, DATASTORE_ID);
    checkText('inputS3Uri', inputS3Uri, S3_URI);
    checkText('outputS3Uri', outputS3Uri, S3_URI);
    if (jobName !== undefined) checkText('jobName', jobName, JOB_NAME);
    if (clientToken !== undefined) checkText('clientToken', clientToken, CLIENT_TOKEN);
    if (inputOwnerAccountId !== undefined) checkText('inputOwnerAccountId', inputOwnerAccountId, ACCOUNT_ID);
    checkImportConfiguration(importConfiguration);
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
        InputOwnerAccountId: inputOwnerAccountId,
        ImportConfiguration: capitalized(importConfiguration),
        ClientToken: clientToken ?? importToken(datastoreId, inputS3Uri, outputS3Uri),
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
function importToken(datastoreId: string, inputS3Uri: string, outputS3Uri: string): string {
  // As JSON: a space can be part of an S3 URI.
  const what = JsonPath.array(
    JsonPath.executionId,
    datastoreId,
    inputS3Uri,
    outputS3Uri,
  ) as unknown as IResolvable;
  return JsonPath.hash(JsonPath.jsonToString(what), 'SHA-256');
}

/** Step Functions writes the names of HealthImaging's members with a capital. */
function capitalized(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(capitalized);
  if (typeof value !== 'object' || value === null || Token.isUnresolved(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name.charAt(0).toUpperCase() + name.slice(1),
      capitalized(each),
    ]),
  );
}

/** @throws Error on what HealthImaging refuses; it repeats no UID. */
function checkImportConfiguration(configuration: unknown): void {
  if (configuration === undefined || Token.isUnresolved(configuration)) return;
  const { dicomJsonMetadataImportConfiguration: json, ...more } = configuration as Record<string, unknown>;
  const { dicomMetadataMappings: mappings, ...rest } = (json ?? {}) as Record<string, unknown>;
  const isList = Array.isArray(mappings) && mappings.length >= 1 && mappings.length <= MAX_MAPPINGS;
  check(
    isList && Object.keys({ ...more, ...rest }).length === 0,
    `'importConfiguration' must be { dicomJsonMetadataImportConfiguration: { dicomMetadataMappings: [...] } } with 1 to ${MAX_MAPPINGS} mappings, got ${JSON.stringify(Object.keys(configuration as object))}${Array.isArray(mappings) ? ` with ${mappings.length}` : ''}`,
  );
  for (const [index, mapping] of (mappings as Record<string, unknown>[]).entries()) {
    const { studyInstanceUID, seriesInstanceUID = '', metadataFilePath } = mapping;
    const isUid = (uid: unknown) =>
      typeof uid === 'string' && (Token.isUnresolved(uid) || UID.pattern.test(uid));
    check(
      isUid(studyInstanceUID) && isUid(seriesInstanceUID) && typeof metadataFilePath === 'string',
      `'importConfiguration': mapping ${index} must have a studyInstanceUID and a metadataFilePath, may have a seriesInstanceUID, and UIDs are digits and dots, got members ${Object.keys(mapping).join(', ')}`,
    );
  }
}
