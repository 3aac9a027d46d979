import type { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, ServerlessChecks } from 'cdk-nag';

/** What cdk-nag's packs find in an app: `<resource> | <rule>`. */
export function findings(of: App): string[] {
  const packs = [AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, ServerlessChecks];
  return packs
    .flatMap((Pack) => new Pack(of).validateScope(of).violations)
    .flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${constructPath} | ${ruleName}`),
    )
    .sort();
}
