import { oneLine } from '../../core/domain/text.ts';
import { type Aws, connect } from '../aws/connect.ts';
import { describeStack, type StackDescription } from '../aws/watcher.ts';
import { explain } from '../errors.ts';
import { EXIT } from '../exit-status.ts';
import type { AwsOptions } from '../options.ts';
import type { StackOptions } from '../stack-options.ts';
import { color, paragraph, print, printJson, tell } from '../terminal/output.ts';
import { alarmsCheck } from './alarms.ts';
import { clockCheck, measureClock } from './clock.ts';
import { deadLettersCheck } from './dead-letters.ts';
import { digestsCheck, eventsCheck, sweepCheck } from './event-flow.ts';
import { count, type DoctorCheck, type Finding, note, ok, type Patient, problem } from './examination.ts';
import { permissionsCheck } from './permissions.ts';
import { listResources } from './resources.ts';
import { rulesCheck } from './rules.ts';
import { subscriptionsCheck } from './subscriptions.ts';
import { watchesCheck } from './watches.ts';

export interface DoctorOptions extends AwsOptions, StackOptions {
  readonly json?: boolean;
}

const CHECKS: readonly DoctorCheck[] = [
  clockCheck,
  permissionsCheck,
  rulesCheck,
  eventsCheck,
  sweepCheck,
  digestsCheck,
  watchesCheck,
  alarmsCheck,
  deadLettersCheck,
  subscriptionsCheck,
];

/** Looks whether the watcher works. */
export async function run(options: DoctorOptions): Promise<number> {
  const { json, stack } = options;
  const aws = await connect(options);
  const findings: Finding[] = [];
  const found = (finding: Finding) => {
    findings.push(finding);
    if (!json) print(show(finding));
  };
  const { patient, ofStack } = await admit(aws, options);
  found({ check: 'stack', ...ofStack });
  // All at once, told in their order.
  const looks = patient ? CHECKS.map((check) => examine(check, patient)) : [];
  for (const look of looks) for (const finding of await look) found(finding);
  const problems = findings.filter(({ status }) => status === 'problem').length;
  if (json) {
    const all = findings.map(({ todo = null, ...finding }) => ({ ...finding, todo }));
    printJson({ ok: problems === 0, stack, region: aws.region, findings: all });
  } else {
    const summary = problems === 0 ? 'All is well.' : `${count(problems, 'problem')}.`;
    tell(patient ? summary : `${summary} Without the stack nothing else could be looked at.`);
  }
  return problems === 0 ? EXIT.done : EXIT.failed;
}

/** What the checks look at, where the stack is found. */
async function admit(
  aws: Aws,
  options: DoctorOptions,
): Promise<{ patient?: Patient; ofStack: Omit<Finding, 'check'> }> {
  const client = await aws.cloudFormation();
  const clockAhead = measureClock(client);
  try {
    const description = await describeStack(client, options.stack);
    const { StateMachineArn, TableName } = description?.outputs ?? {};
    const stateMachineArn = options.stateMachineArn ?? StateMachineArn;
    const tableName = options.tableName ?? TableName;
    if (!description) {
      return {
        ofStack: problem(
          `There is no stack '${options.stack}' in ${aws.region}.`,
          'Name it with --stack, its region with --region, or deploy it.',
        ),
      };
    }
    if (!stateMachineArn || !tableName) {
      return {
        ofStack: problem(
          `The stack '${options.stack}' has no outputs StateMachineArn and TableName.`,
          'Name them with --state-machine-arn and --table-name, or another stack with --stack.',
        ),
      };
    }
    const resources = await listResources(client, options.stack);
    const patient = {
      aws,
      resources,
      stateMachineArn,
      tableName,
      deployedAt: description.deployedAt,
      clockAhead: clockAhead(),
      now: Date.now(),
    };
    return { patient, ofStack: judgeStack(description, options.stack, aws.region) };
  } catch (error) {
    return { ofStack: unseen(error) };
  }
}

function judgeStack({ status }: StackDescription, stack: string, region: string): Omit<Finding, 'check'> {
  const text = `${stack} in ${region} is ${status}.`;
  if (/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status)) return ok(text);
  if (/_IN_PROGRESS$/.test(status)) return note(text, 'Run doctor again when the deployment has ended.');
  if (/^(UPDATE|IMPORT)_ROLLBACK_COMPLETE$/.test(status)) {
    return note(text, 'The last deployment failed and was rolled back: see its events.');
  }
  return problem(text, `aws cloudformation describe-stack-events --stack-name ${stack}`);
}

async function examine({ name, look }: DoctorCheck, patient: Patient): Promise<Finding[]> {
  try {
    return (await look(patient)).map((finding) => ({ check: name, ...finding }));
  } catch (error) {
    return [{ check: name, ...unseen(error) }];
  }
}

/** What could not be looked at is not well. */
function unseen(error: unknown): Omit<Finding, 'check'> {
  const [todo = '', told] = explain(error).message.split('\n');
  return problem(`Could not be looked at${told ? ` ${told.trim()}` : ''}.`, todo);
}

const STYLES: Readonly<Record<Finding['status'], (text: string) => string>> = {
  ok: color.green,
  note: color.yellow,
  problem: color.red,
};
const STATUS_COLUMNS = 9;
const NAME_COLUMNS = 15;

/** A line for what was found, and one for what to do. */
function show({ check, status, detail, todo }: Finding): string {
  const indent = ' '.repeat(STATUS_COLUMNS + NAME_COLUMNS);
  const text = paragraph(oneLine(detail), indent).slice(indent.length);
  const lines = [`${STYLES[status](status.padEnd(STATUS_COLUMNS))}${check.padEnd(NAME_COLUMNS)}${text}`];
  if (todo) lines.push(paragraph(oneLine(todo), indent));
  return lines.join('\n');
}
