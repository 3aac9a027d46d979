import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { DicomImportWatcherStack, type DicomImportWatcherStackProps } from '../../lib/index.ts';
import type { Definition, State } from '../../local/definition.ts';
import { resourcesOf } from '../../local/template.ts';
import { shared } from '../support/shared.ts';

/** The stack with one output bucket and otherwise the defaults. */
export function synthesize(props: Partial<DicomImportWatcherStackProps> = {}): Template {
  const settings = { outputBuckets: ['import-output'], ...props };
  return Template.fromJSON(
    shared('stack', settings, () =>
      Template.fromStack(new DicomImportWatcherStack(new App(), 'Watch', settings)).toJSON(),
    ),
  );
}

/** The resources of one type, with ARNs as text and logical ids without their hash. */
export function readable(template: Template, type: string): { id: string; properties: Properties }[] {
  const found = resourcesOf<Properties>(template.toJSON() as never, type);
  const text = JSON.stringify(found.map(({ id, properties }) => ({ id, properties })));
  return JSON.parse(text.replace(/\b([A-Z][A-Za-z]*?)[0-9A-F]{8}\b/g, '$1'));
}
// biome-ignore lint/suspicious/noExplicitAny: properties are as many shapes as there are resource types
type Properties = any;

/** The state machine's definition, as Step Functions gets it. */
export function definitionOf(template: Template): Definition {
  const [machine] = resourcesOf<{ DefinitionString: string }>(
    template.toJSON() as never,
    'AWS::StepFunctions::StateMachine',
  );
  return JSON.parse(machine?.properties.DefinitionString ?? '');
}

/** The states of one type, by name. */
export function statesOf(definition: Definition, type: string): [string, State][] {
  return Object.entries(definition.States).filter(([, state]) => state.Type === type);
}
