import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { PolicyValidationPluginReport } from 'aws-cdk-lib/core';
import { installTools } from '../../../scripts/tools.ts';
import { type Finding, readable } from './accepted.ts';

/** What AWS Control Tower's proactive rules find in templates. In a thread, because the validator blocks its own. */
export async function controlTowerFindings(files: readonly string[]): Promise<Finding[]> {
  const workerData = { tools: await installTools('verify'), files };
  const worker = new Worker(new URL('./control-tower-worker.ts', import.meta.url), { workerData });
  const [{ violations }] = (await once(worker, 'message')) as [PolicyValidationPluginReport];
  return violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ resourceLogicalId, templatePath }) => ({
      rule: ruleName,
      file: templatePath ?? '',
      // A rule can also fail on the template as a whole.
      resource: resourceLogicalId ? readable(resourceLogicalId) : 'template',
    })),
  );
}
