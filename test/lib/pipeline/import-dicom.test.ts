import asl from 'asl-validator';
import { App, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  DefinitionBody,
  JsonPath,
  Pass,
  QueryLanguage,
  StateMachine,
  type StateMachineProps,
  StateMachineType,
  Succeed,
} from 'aws-cdk-lib/aws-stepfunctions';
import { describe, expect, test } from 'vitest';
import {
  DicomImportWatcher,
  ImportDicom,
  type ImportDicomProps,
  WatchDicomImport,
} from '../../../lib/index.ts';
import type { Definition } from '../../../local/definition.ts';
import { resourcesOf } from '../../../local/template.ts';

const DATASTORE_ID = '1'.repeat(32);
const PLACE = 'us-east-1:000000000000';
const WATCHER = {
  stateMachineArn: `arn:aws:states:${PLACE}:stateMachine:TheWatcher`,
  busName: 'verdicts',
  topicArn: `arn:aws:sns:${PLACE}:people`,
  tableName: 'watches',
  encryptionKeyArn: `arn:aws:kms:${PLACE}:key/0123abcd-0123-abcd-0123-0123456789ab`,
};

interface Statement {
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: object;
}

function given(props: Partial<ImportDicomProps> = {}) {
  const stack = new Stack(new App(), 'Pipeline');
  const watcher = DicomImportWatcher.fromDicomImportWatcherAttributes(stack, 'Watcher', WATCHER);
  const dataAccessRole = new Role(stack, 'Access', {
    assumedBy: new ServicePrincipal('medical-imaging.amazonaws.com'),
  });
  const fragment = new ImportDicom(stack, 'Import', {
    watcher,
    datastoreId: DATASTORE_ID,
    inputS3Uri: JsonPath.stringAt('$.input'),
    outputS3Uri: 's3://output/imports/',
    dataAccessRole,
    ...props,
  });
  const machine = () => {
    const template = new StateMachine(stack, 'Machine', {
      definitionBody: DefinitionBody.fromChainable(
        fragment
          .toSingleState({ outputPath: '$[0]' })
          .addCatch(new Pass(stack, 'Ticket'), { errors: ['DicomImport.FAILED', 'DicomImport.WatchFailed'] })
          .next(new Succeed(stack, 'Process')),
      ),
    });
    return template;
  };
  machine();
  const template = Template.fromStack(stack).toJSON();
  const [deployed] = resourcesOf<{ DefinitionString: string }>(
    template as never,
    'AWS::StepFunctions::StateMachine',
  );
  const policies = resourcesOf<{ PolicyDocument: { Statement: Statement[] } }>(
    template as never,
    'AWS::IAM::Policy',
  );
  return {
    definition: JSON.parse(deployed?.properties.DefinitionString ?? '') as Definition,
    statements: policies.flatMap(({ properties }) => properties.PolicyDocument.Statement),
  };
}

/** The states of the fragment, inside of the Parallel that its single state is. */
function statesOf({ definition }: ReturnType<typeof given>): Definition['States'] {
  const [parallel] = Object.values(definition.States).filter(({ Type }) => Type === 'Parallel');
  const [branch] = (parallel?.Branches ?? []) as Definition[];
  return branch?.States ?? {};
}

describe('the role of the state machine', () => {
  const { statements } = given();
  const granted = (action: string) =>
    statements
      .filter(({ Action }) => [Action].flat().includes(action))
      .map(({ Resource, Condition }) => (Condition ? [Resource, Condition] : [Resource]));

  test('may import into the data store, by the name that IAM knows', () => {
    expect(granted('medical-imaging:StartDICOMImportJob')).toEqual([
      [`arn:aws:medical-imaging:${PLACE}:datastore/${DATASTORE_ID}`],
    ]);
    expect(JSON.stringify(statements)).not.toContain('medicalimaging:');
  });

  test('may import into any data store where it is not known which', () => {
    const anyStore = given({ datastoreId: JsonPath.stringAt('$.store') }).statements;
    expect(JSON.stringify(anyStore)).toContain(`arn:aws:medical-imaging:${PLACE}:datastore/*`);
  });

  test('may pass the role to HealthImaging only', () => {
    expect(granted('iam:PassRole')).toEqual([
      [
        expect.stringMatching(/:role\/Access/),
        { StringEquals: { 'iam:PassedToService': 'medical-imaging.amazonaws.com' } },
      ],
    ]);
  });

  test('may begin and read watches, and must not stop them', () => {
    expect(granted('states:StartExecution')).toEqual([[WATCHER.stateMachineArn]]);
    expect(granted('states:DescribeExecution')).toEqual([[`arn:aws:states:${PLACE}:execution:TheWatcher:*`]]);
    expect(granted('states:StopExecution')).toEqual([]);
  });

  test('may read the table, and use the key through services', () => {
    expect(granted('dynamodb:GetItem')).toEqual([[`arn:aws:dynamodb:${PLACE}:table/watches`]]);
    expect(granted('kms:Decrypt')).toEqual([
      [
        WATCHER.encryptionKeyArn,
        {
          StringEquals: {
            'kms:ViaService': ['states.us-east-1.amazonaws.com', 'dynamodb.us-east-1.amazonaws.com'],
          },
        },
      ],
    ]);
  });
});

describe('the import', () => {
  const start = (props: Partial<ImportDicomProps> = {}) => statesOf(given(props))['Import: Start the import'];

  test('has a client token that a retry and a redrive do not change', () => {
    expect(start()?.Parameters).toMatchObject({
      'ClientToken.$': `States.Hash(States.JsonToString(States.Array($$.Execution.Id, '${DATASTORE_ID}', $.input, 's3://output/imports/')), 'SHA-256')`,
    });
    expect(
      start({ clientToken: JsonPath.stringAt('$.token'), jobName: 'nightly' })?.Parameters,
    ).toMatchObject({
      'ClientToken.$': '$.token',
      JobName: 'nightly',
    });
  });

  test('has the owner of the input and the import configuration, by the names of Step Functions', () => {
    const mapping = { studyInstanceUID: '1.2.3', metadataFilePath: 'study.json' };
    const importConfiguration = {
      dicomJsonMetadataImportConfiguration: { dicomMetadataMappings: [mapping] },
    };
    expect(start({ inputOwnerAccountId: '111122223333', importConfiguration })?.Parameters).toMatchObject({
      InputOwnerAccountId: '111122223333',
      ImportConfiguration: {
        DicomJsonMetadataImportConfiguration: {
          DicomMetadataMappings: [{ StudyInstanceUID: '1.2.3', MetadataFilePath: 'study.json' }],
        },
      },
    });
    const later = start({
      inputOwnerAccountId: JsonPath.stringAt('$.owner'),
      importConfiguration: JsonPath.objectAt('$.configuration'),
    });
    expect(later?.Parameters).toMatchObject({
      'InputOwnerAccountId.$': '$.owner',
      'ImportConfiguration.$': '$.configuration',
    });
    expect(start()?.Parameters).not.toHaveProperty('ImportConfiguration');
  });

  test('waits for hours where the data store is full, and for minutes where calls are throttled', () => {
    const errors = start()?.Retry?.map(({ ErrorEquals, MaxAttempts }) => [ErrorEquals[0], MaxAttempts]);
    expect(errors).toEqual([
      ['MedicalImaging.ServiceQuotaExceededException', 100],
      ['MedicalImaging.ThrottlingException', 12],
    ]);
  });

  test('follows the watch by the name that events would give it', () => {
    expect(statesOf(given())['Import: Follow the watch']).toMatchObject({
      Resource: 'arn:aws:states:::states:startExecution.sync:2',
      Parameters: {
        StateMachineArn: WATCHER.stateMachineArn,
        'Name.$': "States.Format('{}-{}', $.dicomImport.datastoreId, $.dicomImport.jobId)",
        Input: { 'datastoreId.$': '$.dicomImport.datastoreId', 'jobId.$': '$.dicomImport.jobId' },
      },
      ResultPath: null,
    });
  });
});

test('outcomes that fail can be caught by their names', () => {
  const all = given({ failOn: ['FAILED', 'ABANDONED'] });
  const fails = Object.values(statesOf(all)).filter(({ Type }) => Type === 'Fail');
  expect(fails.map((state) => state.Error)).toEqual([
    'DicomImport.FAILED',
    'DicomImport.ABANDONED',
    'DicomImport.WatchFailed',
  ]);
  const [parallel] = Object.values(all.definition.States).filter(({ Type }) => Type === 'Parallel');
  expect(parallel?.Catch).toMatchObject([{ ErrorEquals: ['DicomImport.FAILED', 'DicomImport.WatchFailed'] }]);
});

test('the definition is valid, with two fragments in one state machine', () => {
  const stack = new Stack(new App(), 'Two');
  const watcher = DicomImportWatcher.fromDicomImportWatcherAttributes(stack, 'Watcher', WATCHER);
  const job = { datastoreId: JsonPath.stringAt('$.store'), jobId: JsonPath.stringAt('$.job') };
  const one = new WatchDicomImport(stack, 'One', { watcher, ...job, failOn: ['FAILED'] });
  const two = new WatchDicomImport(stack, 'Two', { watcher, ...job, resultPath: '$.two' });
  new StateMachine(stack, 'Machine', {
    definitionBody: DefinitionBody.fromChainable(one.prefixStates().next(two.prefixStates())),
  });
  const template = Template.fromStack(stack).toJSON();
  const [machine] = resourcesOf<{ DefinitionString: string }>(
    template as never,
    'AWS::StepFunctions::StateMachine',
  );
  expect(asl(JSON.parse(machine?.properties.DefinitionString ?? ''))).toMatchObject({
    isValid: true,
    errors: [],
  });
});

describe('fails when', () => {
  test.each<[string, Partial<ImportDicomProps>, string]>([
    [
      'an outcome is none',
      { failOn: ['BAD' as never] },
      "each of 'failOn' must be one of SUCCEEDED, SUCCEEDED_WITH_WARNINGS, PARTIALLY_FAILED, NOTHING_IMPORTED, FAILED, UNVERIFIED, ABANDONED, got 'BAD'",
    ],
    [
      'an outcome is there twice',
      { failOn: ['FAILED', 'FAILED'] },
      "each of 'failOn' must be there once, got FAILED, FAILED",
    ],
    [
      'the owner of the input is none',
      { inputOwnerAccountId: '1111' },
      "'inputOwnerAccountId' must be 12 digits, got '1111'",
    ],
    [
      'an import configuration is none',
      { importConfiguration: { dicomMetadataMappings: [] } },
      '\'importConfiguration\' must be { dicomJsonMetadataImportConfiguration: { dicomMetadataMappings: [...] } } with 1 to 1000 mappings, got ["dicomMetadataMappings"]',
    ],
    [
      'a mapping of an import configuration is wrong, whose value is not repeated',
      {
        importConfiguration: {
          dicomJsonMetadataImportConfiguration: {
            dicomMetadataMappings: [{ studyInstanceUID: 'DOE', metadataFilePath: 'a.json' }],
          },
        },
      },
      "'importConfiguration': mapping 0 must have a studyInstanceUID and a metadataFilePath, may have a seriesInstanceUID, and UIDs are digits and dots, got members studyInstanceUID, metadataFilePath",
    ],
    [
      'the result would replace the state',
      { resultPath: '$' },
      "'resultPath' must be below the state, such as $.dicomImport, got '$'",
    ],
    [
      'nobody could repair in time',
      { repairWithin: Duration.seconds(5) },
      "'repairWithin' must be a whole number of seconds from 60 to 1209600, got 5",
    ],
    [
      'a data store is none',
      { datastoreId: 'my-store' },
      "'datastoreId' must be 32 characters of 0-9 and a-z, got 'my-store'",
    ],
    [
      'the input is no S3 URI',
      { inputS3Uri: 'in-bucket/scans/' },
      "'inputS3Uri' must be an S3 URI such as s3://bucket/prefix/, got 'in-bucket/scans/'",
    ],
    [
      'the output is no S3 URI',
      { outputS3Uri: 'https://bucket' },
      "'outputS3Uri' must be an S3 URI such as s3://bucket/prefix/, got 'https://bucket'",
    ],
    [
      'repairs are waited for as long as is known only at deployment',
      { repairWithin: Duration.days(Lazy.number({ produce: () => 3 })) },
      "'repairWithin' must be known at synthesis, got a token",
    ],
    [
      'a name of a job has a space',
      { jobName: 'nightly import' },
      "'jobName' must be 1 to 64 letters, digits and any of ._/#-, got 'nightly import'",
    ],
    [
      'a client token is too long',
      { clientToken: 'x'.repeat(65) },
      `'clientToken' must be 1 to 64 letters, digits and any of ._-, got '${'x'.repeat(65)}'`,
    ],
  ])('%s', (_, props, message) => {
    expect(() => given(props)).toThrow(new Error(message));
  });

  test.each([
    [
      'the data store of a watched job is none',
      { datastoreId: 'my-store' },
      "'datastoreId' must be 32 characters of 0-9 and a-z, got 'my-store'",
    ],
    [
      'a watched job is none',
      { jobId: 'JOB' },
      "'jobId' must be 1 to 32 characters of 0-9 and a-z, got 'JOB'",
    ],
    ['a watched job has no id', { jobId: '' }, "'jobId' must be 1 to 32 characters of 0-9 and a-z, got ''"],
  ])('%s', (_, props, message) => {
    const stack = new Stack(new App(), 'Pipeline');
    const watcher = DicomImportWatcher.fromDicomImportWatcherAttributes(stack, 'Watcher', WATCHER);
    const all = { watcher, datastoreId: DATASTORE_ID, jobId: '1'.repeat(32), ...props };
    expect(() => new WatchDicomImport(stack, 'Watch', all)).toThrow(new Error(message));
  });
});

test('what is known only at deployment or in the state passes', () => {
  const { definition } = given({
    datastoreId: Lazy.string({ produce: () => 'Some Store' }),
    outputS3Uri: Lazy.string({ produce: () => 'Some Output' }),
    jobName: JsonPath.stringAt('$.name'),
    clientToken: JsonPath.stringAt('$.token'),
  });
  const { Parameters } = statesOf({ definition, statements: [] })['Import: Start the import'] ?? {};
  expect(Object.keys(Parameters as object).sort()).toEqual([
    'ClientToken.$',
    'DataAccessRoleArn',
    'DatastoreId',
    'InputS3Uri.$',
    'JobName.$',
    'OutputS3Uri',
  ]);
});

describe('in a state machine that cannot wait for it', () => {
  const job = { datastoreId: JsonPath.stringAt('$.store'), jobId: JsonPath.stringAt('$.job') };
  const synthesize = (id: string, props: Partial<StateMachineProps>, alone: boolean) => {
    const stack = new Stack(new App(), 'Pipeline');
    const watcher = DicomImportWatcher.fromDicomImportWatcherAttributes(stack, 'Watcher', WATCHER);
    const fragment = new WatchDicomImport(stack, id, { watcher, ...job });
    const definitionBody = DefinitionBody.fromChainable(alone ? fragment : fragment.toSingleState());
    new StateMachine(stack, 'Machine', { definitionBody, ...props });
    return Template.fromStack(stack);
  };

  test.each([true, false])('JSONata is refused, as it is and in one state: %s', (alone) => {
    expect(() => synthesize('Watch', { queryLanguage: QueryLanguage.JSONATA }, alone)).toThrow(
      "the state machine 'Pipeline/Machine' must have JSONPath for its queryLanguage, got JSONata with 'Pipeline/Watch': start one in JSONPath from there (StepFunctionsStartExecution, RUN_JOB)",
    );
  });

  test.each([true, false])('an express workflow is refused, as it is and in one state: %s', (alone) => {
    expect(() => synthesize('Watch', { stateMachineType: StateMachineType.EXPRESS }, alone)).toThrow(
      "the state machine 'Pipeline/Machine' must be STANDARD, which waits for imports, got EXPRESS",
    );
  });

  test('names of states that are too long are refused', () => {
    const id = 'The import of the radiology department, which is watched overnight';
    expect(() => synthesize(id, {}, false)).toThrow('names of states must have 80 characters at most');
  });

  test('others pass', () => {
    expect(() => synthesize('Watch', { queryLanguage: QueryLanguage.JSON_PATH }, false)).not.toThrow();
  });
});
