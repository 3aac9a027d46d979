import { Stack } from 'aws-cdk-lib';
import { type CfnStateMachine, State, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';

/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MAX_STATE_NAME = 80;

/**
 * What is wrong with the state machines that hold a state of a fragment, at synthesis: before, the fragment is in none, and
 * the ids of its states are not what they will be.
 */
export function problemsOfMachines(state: State): string[] {
  const fragment = state.node.scope?.node;
  const machines = state.node.root.node.findAll().filter((each) => each instanceof StateMachine);
  const tooLong = fragment?.children
    .filter((child) => child instanceof State)
    .find(({ stateId }) => stateId.length > MAX_STATE_NAME);
  const ofNames = tooLong
    ? [
        `names of states must have ${MAX_STATE_NAME} characters at most, got '${tooLong.stateId}': give the fragment a shorter id`,
      ]
    : [];
  const ofMachines = machines.flatMap((machine) => {
    const definition = definitionOf(machine);
    if (!definition.includes(JSON.stringify(state.stateId))) return [];
    const { path } = machine.node;
    if (machine.stateMachineType === StateMachineType.EXPRESS) {
      return [`the state machine '${path}' must be STANDARD, which waits for imports, got EXPRESS`];
    }
    return JSON.parse(definition).QueryLanguage === 'JSONata'
      ? [
          `the state machine '${path}' must have JSONPath for its queryLanguage, got JSONata with '${fragment?.path}': start one in JSONPath from there (StepFunctionsStartExecution, RUN_JOB)`,
        ]
      : [];
  });
  return [...ofNames, ...ofMachines];
}

/** The definition as text, with nothing in place of what is known only at deployment. */
function definitionOf(machine: StateMachine): string {
  const { definitionString } = machine.node.defaultChild as CfnStateMachine;
  const resolved = Stack.of(machine).resolve(definitionString);
  const parts: unknown[] = resolved?.['Fn::Join']?.[1] ?? [resolved];
  return parts.filter((part) => typeof part === 'string').join('') || '{}';
}
