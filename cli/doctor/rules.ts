import {
  DescribeRuleCommand,
  type DescribeRuleCommandOutput,
  ListTargetsByRuleCommand,
} from '@aws-sdk/client-eventbridge';
import { HEALTH_IMAGING_EVENTS } from '../../core/contract/names.ts';
import { count, type DoctorCheck, ofType, ok, type Patient, problem } from './examination.ts';

/** A rule of the stack. */
export interface StackRule extends DescribeRuleCommandOutput {
  /** Its name, and its bus before it where that is not the default one, as CloudFormation has it. */
  readonly physicalId: string;
  /** The id of its construct, and what the CDK adds to it. */
  readonly logicalId: string;
}

/** The name of a rule, and its bus. CloudFormation gives `bus|rule` for a rule that is not on the default bus. */
function placeOf(physicalId: string): { Name: string; EventBusName?: string } {
  const [first = '', second] = physicalId.split('|');
  return second === undefined ? { Name: first } : { Name: second, EventBusName: first };
}

/** The rules of the stack. */
export async function readRules(patient: Patient): Promise<StackRule[]> {
  const client = patient.aws.eventBridge();
  const rules: StackRule[] = [];
  for (const { physicalId, logicalId } of ofType(patient, 'AWS::Events::Rule')) {
    const rule = await client.send(new DescribeRuleCommand(placeOf(physicalId)));
    rules.push({ ...rule, physicalId, logicalId });
  }
  return rules;
}

/** The rule that gets HealthImaging's own events. */
export function isImportEvents({ EventPattern = '' }: StackRule): boolean {
  return HEALTH_IMAGING_EVENTS.detailTypes.every((type) => EventPattern.includes(JSON.stringify(type)));
}

/** The schedule of the sweep of all jobs. */
export const isSweep = ({ logicalId }: StackRule) => /(?<!Running)SweepSchedule[0-9A-F]{8}$/.test(logicalId);

/** The schedule of digests, where somebody gets emails. */
export const isDigests = ({ logicalId }: StackRule) => /DigestSchedule[0-9A-F]{8}$/.test(logicalId);

/** Rules are enabled and have targets. */
export const rulesCheck: DoctorCheck = {
  name: 'rules',
  async look(patient) {
    const client = patient.aws.eventBridge();
    const rules = await readRules(patient);
    const problems = [];
    for (const { physicalId, State, Description = 'no description' } of rules) {
      const { Name, EventBusName } = placeOf(physicalId);
      const bus = EventBusName ? ` --event-bus-name ${EventBusName}` : '';
      if (State === 'DISABLED') {
        problems.push(
          problem(
            `The rule ${Name} is disabled (${Description}).`,
            `aws events enable-rule --name ${Name}${bus}`,
          ),
        );
      }
      const { Targets = [] } = await client.send(new ListTargetsByRuleCommand({ Rule: Name, EventBusName }));
      if (Targets.length === 0) {
        problems.push(problem(`The rule ${Name} has no target (${Description}).`, 'Deploy the stack again.'));
      }
    }
    if (!rules.some(isImportEvents)) {
      problems.push(problem('No rule gets the import events of HealthImaging.', 'Deploy the stack again.'));
    }
    return problems.length > 0 ? problems : [ok(`${count(rules.length, 'rule')}, enabled and with targets.`)];
  },
};
