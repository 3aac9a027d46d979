import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Definition, State } from '../local/definition.ts';
import { ARCHITECTURE, architecture, drawGraph } from './architecture.ts';
import { defaultDefinition, defaultTemplate } from './definition.ts';
import { runWithTools } from './tools.ts';

interface Rule {
  readonly Next: string;
  readonly StringEquals?: string;
  readonly Or?: readonly Rule[];
}

/** The state machine as a Mermaid diagram: what docs/architecture.md shows. */
export function diagram({ StartAt, States }: Definition): string {
  const names = Object.keys(States);
  const id = (name: string) => `s${names.indexOf(name)}`;
  const edges = Object.entries(States).flatMap(([name, state]) =>
    targets(state).map(
      ([to, label]) => `  ${id(name)} --> ${to ? id(to) : '[*]'}${label ? ` : ${label}` : ''}`,
    ),
  );
  return [
    'stateDiagram-v2',
    ...names.map((name) => `  state "${name}" as ${id(name)}`),
    `  [*] --> ${id(StartAt)}`,
    ...edges,
  ].join('\n');
}

/** Where a state leads to and when; no name is the end. */
function targets(state: State): [string | undefined, string?][] {
  const choices = (state.Choices ?? []) as Rule[];
  const catches = (state.Catch ?? []) as { ErrorEquals: string[]; Next: string }[];
  return [
    ...choices.map((rule): [string, string] => [
      rule.Next,
      (rule.Or ?? [rule]).map(({ StringEquals }) => StringEquals).join(' or '),
    ]),
    ...(typeof state.Next === 'string'
      ? [[state.Next, catches.length > 0 ? 'news' : ''] as [string, string]]
      : []),
    ...catches.map((each): [string, string] => [each.Next, each.ErrorEquals.join(', ')]),
    ...(state.End ? [[undefined] as [undefined]] : []),
  ];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runWithTools(async () => {
    writeFileSync(ARCHITECTURE, await drawGraph(architecture(defaultTemplate())));
    console.log(diagram(defaultDefinition()));
  });
}
