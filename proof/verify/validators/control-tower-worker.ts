import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

const { tools, files } = workerData as { readonly tools: string; readonly files: readonly string[] };
const { CfnGuardValidator } = createRequire(join(tools, 'package.json'))('@cdklabs/cdk-validator-cfnguard');

parentPort?.postMessage(
  new CfnGuardValidator({ controlTowerRulesEnabled: true }).validate({ templatePaths: files }),
);
