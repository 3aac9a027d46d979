import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, type CfnResource, Stack } from 'aws-cdk-lib';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const CONTEXT = {
  // As `cdk init` sets it: the packages below the SDK are left to the runtime as well.
  '@aws-cdk/aws-lambda-nodejs:sdkV3ExcludeSmithyPackages': true,
  // As the `cdk` command sets it: resources tell where their assets are.
  'aws:cdk:enable-asset-metadata': true,
};

/**
 * Handlers as the CDK's `NodejsFunction` bundles them while it synthesizes, with its defaults but for `bundleAwsSDK`.
 * @param outdir - a folder that nobody else uses. It gets our packages as well, for what stands outside of the bundles.
 * @returns the file of each handler's bundle.
 */
export function cdkBundles(handlers: readonly string[], outdir: string, bundleAwsSDK: boolean): string[] {
  const stack = new Stack(new App({ outdir, context: CONTEXT }), 'Defaults');
  const functions = handlers.map(
    (name) =>
      new NodejsFunction(stack, name, {
        entry: join(ROOT, `lambda/handlers/${name}.ts`),
        projectRoot: ROOT,
        depsLockFilePath: join(ROOT, 'package-lock.json'),
        runtime: Runtime.NODEJS_24_X,
        bundling: { bundleAwsSDK, logLevel: LogLevel.ERROR },
      }),
  );
  symlinkSync(join(ROOT, 'node_modules'), join(outdir, 'node_modules'));
  return functions.map(({ node }) => {
    const folder = (node.defaultChild as CfnResource).getMetadata('aws:asset:path');
    return join(outdir, folder, 'index.js');
  });
}
