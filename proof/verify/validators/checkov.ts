import { python } from '../python.ts';
import { type Finding, readable } from './accepted.ts';

interface Report {
  readonly summary: { readonly passed: number; readonly parsing_errors: number };
  readonly results: {
    readonly failed_checks: readonly {
      readonly check_id: string;
      readonly file_abs_path: string;
      readonly resource: string;
    }[];
  };
}

/** Without them it asks its vendor for guidelines, and the package index for a newer version of itself. */
const OFFLINE = { arguments: ['--skip-download'], environment: { CKV_SKIP_PACKAGE_UPDATE_CHECK: 'true' } };

/**
 * What checkov's rules for CloudFormation find in templates.
 * @throws where it could not read a template, or checked nothing.
 */
export async function checkovFindings(files: readonly string[]): Promise<Finding[]> {
  const { run } = await python('checkov');
  const args = ['--framework', 'cloudformation', '--compact', '--quiet', '--soft-fail', '--output', 'json'];
  const written = await run(
    'checkov',
    ['--file', ...files, ...args, ...OFFLINE.arguments],
    OFFLINE.environment,
  );
  const { summary, results }: Report = JSON.parse(written);
  if (summary.parsing_errors > 0 || summary.passed === 0) {
    throw new Error(`checkov could not check the templates: ${JSON.stringify(summary)}`);
  }
  return results.failed_checks.map(({ check_id, file_abs_path, resource }) => ({
    rule: check_id,
    file: file_abs_path,
    resource: readable(resource.split('.')[1] ?? resource),
  }));
}
