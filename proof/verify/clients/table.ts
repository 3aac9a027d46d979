import {
  errorsOf,
  IMPORT_OPERATIONS,
  membersOf,
  operation,
  type ServiceModel,
} from '../model/service-model.ts';

/** All that a client can be asked to send and to understand: `<operation> request|response|error <name>`. */
export function everything(model: ServiceModel): string[] {
  return IMPORT_OPERATIONS.flatMap((name) => {
    const { input, output } = operation(model, name);
    return [
      ...membersOf(model, input.shape).map(({ path }) => `${name} request ${path}`),
      ...membersOf(model, output.shape).map(({ path }) => `${name} response ${path}`),
      ...errorsOf(model, name).map(({ name: error }) => `${name} error ${error}`),
    ];
  });
}

export interface Column {
  readonly name: string;
  readonly version: string;
  readonly seen: ReadonlySet<string>;
}

/** docs/proof/verified.md */
export function document(model: ServiceModel, botocore: string, columns: readonly Column[]): string {
  const headings = ['', ...columns.map(({ name }) => name)];
  const tables = IMPORT_OPERATIONS.map((name) => {
    const rows = everything(model)
      .filter((what) => what.startsWith(`${name} `))
      .map((what) => {
        const [, kind, member] = what.split(' ');
        return [`${kind} \`${member}\``, ...columns.map(({ seen }) => (seen.has(what) ? 'yes' : 'dropped'))];
      });
    return `## ${name}\n\n${table([headings, ...rows])}`;
  });
  return `# Calls that real clients made of the simulator

\`npm run verify -- clients --write\` writes this page; without \`--write\`, the command fails if the
page differs. Each client makes every call against the simulated HealthImaging. The requests and
answers are read from the network and checked against the service model of botocore ${botocore} (members,
types, required members, enums, patterns, lengths, HTTP statuses). Then they are compared with the
input and the output of the client.

${columns.map(({ name, version }) => `- ${name} ${version}`).join('\n')}

\`yes\` means that the client sends the member, or returns it, unchanged. \`dropped\` means that the
client loses it without an error, because its own service model is older. Each client also reads the
pages of a list with its own paginator. It tries again after throttling, 500 and 503, but not after
other errors.

${tables.join('\n\n')}
`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (cells: readonly string[], fill = ' ') =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [
    line(head),
    line(
      head.map(() => ''),
      '-',
    ),
    ...body.map((row) => line(row)),
  ].join('\n');
}
