import { App } from 'aws-cdk-lib';
import { DicomImportWatcherStack } from '../lib/index.ts';
import type { Definition } from '../local/definition.ts';
import { resourcesOf } from '../local/template.ts';

/** The state machine that the stack deploys with its default settings. */
export function defaultDefinition(): Definition {
  const app = new App();
  const { stackName } = new DicomImportWatcherStack(app, 'Default', { outputBuckets: ['output'] });
  const { template } = app.synth().getStackByName(stackName);
  const [machine] = resourcesOf<{ DefinitionString: string }>(template, 'AWS::StepFunctions::StateMachine');
  return JSON.parse(machine?.properties.DefinitionString ?? '');
}
