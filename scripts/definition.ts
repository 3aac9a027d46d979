import { App } from 'aws-cdk-lib';
import { DicomImportWatcherStack, type DicomImportWatcherStackProps } from '../lib/index.ts';
import type { Definition } from '../local/definition.ts';
import { resourcesOf, type Template } from '../local/template.ts';

/** The settings that change the states of the definition, each under the name that it is recorded by. */
export const VARIANTS: Readonly<Record<string, Partial<DicomImportWatcherStackProps>>> = {
  default: {},
  chat: { chat: true },
};

/** The template that is deployed with the default settings. */
export function defaultTemplate(): Template {
  return templateOf({});
}

/** The state machine that the stack deploys with its default settings. */
export function defaultDefinition(): Definition {
  return definitionOf({});
}

/** The state machine that the stack deploys with these settings, and otherwise the defaults. */
export function definitionOf(props: Partial<DicomImportWatcherStackProps>): Definition {
  const [machine] = resourcesOf<{ DefinitionString: string }>(
    templateOf(props),
    'AWS::StepFunctions::StateMachine',
  );
  return JSON.parse(machine?.properties.DefinitionString ?? '');
}

function templateOf(props: Partial<DicomImportWatcherStackProps>): Template {
  const app = new App({ builtinCloudFormationValidation: false });
  const { stackName } = new DicomImportWatcherStack(app, 'Default', { outputBuckets: ['output'], ...props });
  return app.synth().getStackByName(stackName).template;
}
