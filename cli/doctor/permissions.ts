import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { httpStatus } from '../../core/aws/errors.ts';
import { describeExecution, executionArn } from '../../core/aws/executions.ts';
import { getImportJob, listDatastores, listImportJobs } from '../../core/aws/import-jobs.ts';
import { findWatch } from '../../core/aws/watches.ts';
import type { ImportJobId } from '../../core/contract/names.ts';
import { count, type DoctorCheck, note, ok, type Patient, problem } from './examination.ts';

/** Well formed, and the id of no data store or job: whether a call is allowed shows before whether there is such a thing. */
const NOBODY: ImportJobId = { datastoreId: '0'.repeat(32), jobId: '0'.repeat(32) };

/** What would change something, and so is not tried. */
const NOT_TRIED = [
  'medical-imaging:StartDICOMImportJob',
  'states:StartExecution',
  'states:RedriveExecution',
  'events:PutEvents',
  'sns:Publish',
  'sns:ConfirmSubscription',
];

/** The read calls of the other commands are allowed to whoever asks; those of the doctor show where they are made. */
export const permissionsCheck: DoctorCheck = {
  name: 'permissions',
  async look(patient) {
    let datastoreIds: string[] = [];
    const attempts: [action: string, call: () => Promise<unknown>][] = [
      [
        'medical-imaging:ListDatastores',
        async () => {
          datastoreIds = await listDatastores(patient.aws.medicalImaging());
        },
      ],
      ...readCalls(patient, () => datastoreIds[0] ?? NOBODY.datastoreId),
    ];
    const problems = [];
    for (const [action, call] of attempts) {
      try {
        await call();
      } catch (error) {
        if (isMissing(error)) continue;
        if (!isDenied(error)) throw error;
        problems.push(problem(`These credentials do not allow ${action}.`, `Give their role ${action}.`));
      }
    }
    const found =
      problems.length > 0
        ? problems
        : [
            ok(
              `${count(attempts.length, 'read call')} allowed; ${count(datastoreIds.length, 'data store')} in ${patient.aws.region}.`,
            ),
          ];
    return [...found, note(`Not tried, because they change something: ${NOT_TRIED.join(', ')}.`)];
  },
};

function readCalls(patient: Patient, datastore: () => string): [string, () => Promise<unknown>][] {
  const { aws, stateMachineArn: arn, tableName: name } = patient;
  const machine = { client: aws.stepFunctions(), arn };
  const nobody = executionArn(machine, 'nobody');
  const first = () => ({ ...NOBODY, datastoreId: datastore() });
  return [
    [
      'medical-imaging:ListDICOMImportJobs',
      () => listImportJobs(aws.medicalImaging(), { datastoreId: datastore(), jobStatus: 'SUBMITTED' }),
    ],
    ['medical-imaging:GetDICOMImportJob', () => getImportJob(aws.medicalImaging(), first())],
    ['dynamodb:GetItem', () => findWatch({ client: aws.dynamoDB(), name }, NOBODY)],
    ['states:DescribeExecution', () => describeExecution(machine, nobody)],
    [
      'states:GetExecutionHistory',
      () => machine.client.send(new GetExecutionHistoryCommand({ executionArn: nobody })),
    ],
  ];
}

/** Of the SDK's errors the name and the status tell; ours quote them in their message. */
const textOf = (error: unknown) => `${(error as Error).name} ${(error as Error).message}`;

function isDenied(error: unknown): boolean {
  return httpStatus(error) === 403 || /AccessDenied|NotAuthorized|HTTP 403/.test(textOf(error));
}

function isMissing(error: unknown): boolean {
  return httpStatus(error) === 404 || /ExecutionDoesNotExist/.test(textOf(error));
}
