import { python } from '../python.ts';

interface Finding {
  readonly Rule: { readonly Id: string };
  readonly Message: string;
  readonly Filename: string;
  readonly Location: { readonly Path: readonly (string | number)[] | null };
}

/**
 * What cfn-lint finds in templates: errors and warnings. Left out is W3005 on the role of a function or a state machine, where
 * the CDK itself writes a DependsOn beside the reference: harmless, and not ours to take out.
 */
export async function lintFindings(files: readonly string[], regions: readonly string[]): Promise<string[]> {
  const { run } = await python('tools');
  // A status that is not 0 is for what could not be linted at all.
  const args = [
    '--format',
    'json',
    '--non-zero-exit-code',
    'none',
    '--regions',
    ...regions,
    '--template',
    ...files,
  ];
  const findings: Finding[] = JSON.parse((await run('cfn-lint', args)) || '[]');
  return findings
    .filter(
      ({ Rule, Message }) => !(Rule.Id === 'W3005' && /Role[0-9A-F]{8}' .*\/Role(Arn)?'$/.test(Message)),
    )
    .map(
      ({ Rule, Message, Filename, Location }) =>
        `${Filename}: ${Location.Path?.join('.')}: ${Rule.Id} ${Message}`,
    );
}
