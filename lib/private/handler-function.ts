import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENV, type LogLevel } from '../../lambda/contract.ts';

/** Where `npm run build` puts one folder a handler. */
const BUNDLES = fileURLToPath(new URL('../../dist/lambda/', import.meta.url));

export interface HandlerFunctionProps {
  /** Name of the handler's file in `lambda/`, without its ending. */
  readonly handler: string;
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly logLevel: LogLevel;
  readonly logRetention: RetentionDays;
  /** The dimension `service` of what it measures. */
  readonly watcher: string;
  readonly timeout: Duration;
  readonly memorySize: number;
  readonly deadLetterQueue: IQueue;
}

/** One of our pre-bundled handlers as a Lambda function: synthesis bundles nothing. */
export class HandlerFunction extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    const bundle = join(BUNDLES, props.handler);
    if (!existsSync(bundle)) {
      throw new Error(`there is no bundle of '${props.handler}', run 'npm run build' first`);
    }
    const logGroup = new LogGroup(this, 'Logs', { retention: props.logRetention });
    // Not the role that CDK would make: AWS's managed policy in it allows to write to any log group.
    const role = new Role(this, 'ServiceRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    this.function = new LambdaFunction(this, 'Resource', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(bundle),
      handler: 'index.handler',
      environment: {
        ...props.environment,
        [ENV.watcher]: props.watcher,
        [ENV.logLevel]: props.logLevel,
        NODE_OPTIONS: '--enable-source-maps',
      },
      timeout: props.timeout,
      memorySize: props.memorySize,
      tracing: Tracing.ACTIVE,
      deadLetterQueue: props.deadLetterQueue,
      logGroup,
      role,
    });
  }
}
