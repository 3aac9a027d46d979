import { App } from 'aws-cdk-lib';
import { DicomImportWatcherStack } from '../lib/index.ts';
import type { Definition } from '../local/definition.ts';
import { resourcesOf, type Template } from '../local/template.ts';

/** The template that is deployed with the default settings. */
export function defaultTemplate(): Template {
  const app = new App({ builtinCloudFormationValidation: false });
  const { stackName } = new DicomImportWatcherStack(app, 'Default', { outputBuckets: ['output'] });
  return app.synth().getStackByName(stackName).template;
}

/** The state machine that the stack deploys with its default settings. */
export function defaultDefinition(): Definition {
  const [machine] = resourcesOf<{ DefinitionString: string }>(
    defaultTemplate(),
    'AWS::StepFunctions::StateMachine',
  );
  return JSON.parse(machine?.properties.DefinitionString ?? '');
}
