import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Duration } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENV, type LogLevel } from '../../core/contract/names.ts';
import { acknowledge, acknowledgeWildcard } from './acknowledge.ts';
import { ASSETS } from './assets.ts';
import type { Encryption } from './encryption.ts';
import { ManagedRole } from './managed-role.ts';

/** What all functions of a watcher have in common. */
export interface HandlerSettings {
  readonly logLevel: LogLevel;
  readonly logRetention: RetentionDays;
  /** The dimension `service` of what it measures. */
  readonly watcher: string;
  readonly deadLetterQueue: IQueue;
  readonly encryption: Encryption;
  readonly vpc?: IVpc;
  readonly vpcSubnets?: SubnetSelection;
  readonly securityGroups?: readonly ISecurityGroup[];
}

export interface HandlerFunctionProps extends HandlerSettings {
  /** Name of the handler's file in `lambda/handlers/`, without its ending. */
  readonly handler: string;
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeout: Duration;
  readonly memorySize: number;
  /** Services that use the key on its behalf, besides Lambda for its environment and SQS for its dead letters. */
  readonly encrypted: readonly string[];
  /** Whether it is invoked with events: what it fails on is kept. The state machine waits for its answer otherwise. */
  readonly onEvents: boolean;
  /**
   * Whether X-Ray traces it. What runs on a schedule is not traced: it would be most of the bill of X-Ray, and belongs to no job.
   * @default true
   */
  readonly traced?: boolean;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
const NETWORK_INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

class HandlerLambda extends LambdaFunction {
  /** It has no versions: who may invoke it needs no permission for them. */
  override get resourceArnsForGrantInvoke(): string[] {
    return [this.functionArn];
  }

  /** In apps with a certain feature flag, CDK's own makes an inline policy of each statement. */
  override addToRolePolicy(statement: PolicyStatement): void {
    this.role?.addToPrincipalPolicy(statement);
  }
}

/** One of our pre-bundled handlers as a Lambda function: synthesis bundles nothing. */
export class HandlerFunction extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    const bundle = join(ASSETS, 'lambda', props.handler);
    if (!existsSync(bundle)) {
      throw new Error(`there is no bundle of '${props.handler}', run 'npm run build' first`);
    }
    const { encryption, vpc, vpcSubnets, securityGroups } = props;
    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention,
      encryptionKey: encryption.key,
    });
    const role = new ManagedRole(this, 'ServiceRole', 'lambda.amazonaws.com');
    logGroup.grantWrite(role);
    const { onEvents } = props;
    encryption.grantUse(role, ...props.encrypted, 'lambda', ...(onEvents ? ['sqs'] : []));
    if (vpc) role.addToPolicy(new PolicyStatement({ actions: NETWORK_INTERFACES, resources: ['*'] }));
    this.function = new HandlerLambda(this, 'Resource', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(bundle),
      handler: 'index.handler',
      environment: {
        ...props.environment,
        [ENV.watcher]: props.watcher,
        [ENV.logLevel]: props.logLevel,
      },
      timeout: props.timeout,
      memorySize: props.memorySize,
      ...(props.traced !== false && { tracing: Tracing.ACTIVE }),
      ...(onEvents && { deadLetterQueue: props.deadLetterQueue }),
      environmentEncryption: encryption.key,
      logGroup,
      role,
      vpc,
      vpcSubnets,
      securityGroups: securityGroups && [...securityGroups],
    });
    acknowledgeWildcard(
      role,
      '*',
      'What takes no resource to be limited to: X-Ray, network interfaces of a VPC, ListDatastores',
    );
    acknowledge(
      this.function,
      "Reserved concurrency is taken from the account's, and watches must go on when many jobs end at once; what a check " +
        'costs is bounded by its schedule',
      'HIPAA.Security-LambdaConcurrency',
      'NIST.800.53.R5-LambdaConcurrency',
    );
    if (props.traced === false) {
      acknowledge(
        this.function,
        'What runs on a schedule belongs to no job, and its traces would be most of the bill of X-Ray',
        'Serverless-LambdaTracing',
      );
    }
    if (!onEvents) {
      acknowledge(
        this.function,
        'The state machine waits for its answer and tries again: no event is there to be kept',
        'HIPAA.Security-LambdaDLQ',
        'NIST.800.53.R5-LambdaDLQ',
        'Serverless-LambdaDLQ',
      );
    }
    if (!vpc) {
      acknowledge(
        this.function,
        "It calls AWS's public endpoints over TLS and nothing else; 'vpc' places it where a policy asks for it",
        'HIPAA.Security-LambdaInsideVPC',
        'NIST.800.53.R5-LambdaInsideVPC',
      );
    }
  }
}
