import { Annotations, ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, type IRole, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct, type IConstruct } from 'constructs';
import { askOwner } from './owner.ts';
import { isAwsManaged } from './passed-in.ts';

/** What a role asks of a service that uses the key on its behalf. */
const MESSAGES = ['kms:Decrypt', 'kms:GenerateDataKey'];
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html */
const TABLE = [...MESSAGES, 'kms:DescribeKey', 'kms:Encrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];

/** Lets whoever has it use a key, but only through services that do so on their behalf. @param services - such as `sqs`. @param region - of what is encrypted. */
export function useOfKey(
  scope: IConstruct,
  { keyArn }: IKey,
  services: string | readonly string[],
  actions: string[] = MESSAGES,
  region = Stack.of(scope).region,
): PolicyStatement {
  const { urlSuffix } = Stack.of(scope);
  const endpoint = (service: string) => `${service}.${region}.${urlSuffix}`;
  const endpoints = typeof services === 'string' ? endpoint(services) : services.map(endpoint);
  return new PolicyStatement({
    actions,
    resources: [keyArn],
    conditions: { StringEquals: { 'kms:ViaService': endpoints } },
  });
}

export interface EncryptionProps {
  /** Default: a key of its own, rotated each year. */
  readonly key?: IKey;
}

/**
 * The key of a watcher, and who may use it. All of the policy stands here: without a statement for them, EventBridge and
 * SNS fail on encrypted queues and topics in silence.
 */
export class Encryption extends Construct {
  /** The key without its policy: what uses it adds nothing there by itself. */
  readonly key: IKey;
  /** What was added to the policies of which keys. */
  private readonly inUse = new Map<string, Set<string | undefined>>();

  constructor(scope: Construct, id: string, props: EncryptionProps) {
    super(scope, id);
    const key = props.key ?? this.newKey();
    const statements = this.servicesMay();
    const added = statements.map((statement) => key.addToResourcePolicy(statement).statementAdded);
    this.inUse.set(key.keyArn, new Set(statements.map(({ sid }) => sid)));
    if (added.includes(false)) {
      Annotations.of(this).addInfo(
        "the policy of 'encryptionKey' is not in this app: see that it has the statements of docs/security.md",
      );
    }
    this.key = Key.fromKeyArn(this, 'Reference', key.keyArn);
  }

  /** Lets a role use what is encrypted, through services only. @param services - such as `sqs`. */
  grantUse(role: IRole, ...services: string[]): void {
    const actions = services.includes('dynamodb') ? TABLE : MESSAGES;
    role.addToPrincipalPolicy(useOfKey(this, this.key, services, actions));
  }

  /** Lets a role use the key of a topic that was passed in: of ours, it may already, and of AWS's own anybody may. */
  grantUseOf({ masterKey }: ITopic, role: IRole): void {
    if (!masterKey || masterKey === this.key || isAwsManaged(masterKey)) return;
    // Not by CDK's grant, which can add to the policy of the key: that would point back.
    role.addToPrincipalPolicy(useOfKey(this, masterKey, 'sns'));
  }

  /**
   * Lets EventBridge deliver to a queue or topic that was passed in with a key of its own.
   * @param of - what is encrypted with it.
   */
  letEventsUse(key: IKey | undefined, of: string): void {
    if (key) this.letUse(key, of, this.eventsMay());
  }

  /** Lets CloudWatch publish to a topic of alarms that was passed in with a key of its own. */
  letAlarmsUse(key: IKey | undefined): void {
    if (!key) return;
    const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    this.letUse(key, "'alarmTopic'", statement('Alarms', 'cloudwatch.amazonaws.com', MESSAGES, conditions));
  }

  /** Adds to the policy of a key, once; what only its owner can add is warned of. */
  private letUse(key: IKey, of: string, statement: PolicyStatement): void {
    const known = this.inUse.get(key.keyArn) ?? new Set();
    this.inUse.set(key.keyArn, known);
    if (known.has(statement.sid)) return;
    known.add(statement.sid);
    if (key.addToResourcePolicy(statement).statementAdded) return;
    askOwner(this, `key-${key.node.path}`, `the policy of the key of ${of}`, statement);
  }

  private newKey(): Key {
    const key = new Key(this, 'Key', {
      description: 'DICOM import watcher: table, topic, queues, logs, bus and executions',
      enableKeyRotation: true,
      // The table outlives the stack, and is worth nothing without its key.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // A grant lets somebody in whom no policy names. Not in the policy of a key that is passed in: others may need grants on it.
    // https://docs.aws.amazon.com/controltower/latest/controlreference/kms-rules.html (CT.KMS.PR.3)
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'GrantsToServicesOnly',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['kms:CreateGrant'],
        resources: ['*'],
        conditions: {
          BoolIfExists: { 'kms:GrantIsForAWSResource': 'false', 'aws:PrincipalIsAWSService': 'false' },
        },
      }),
    );
    return key;
  }

  private eventsMay(): PolicyStatement {
    const arns = (resource: string) =>
      Stack.of(this).formatArn({ service: 'events', resource, resourceName: '*' });
    return statement(
      'EventBridge',
      'events.amazonaws.com',
      [...MESSAGES, 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
      this.ours(arns('rule'), arns('event-bus'), arns('archive')),
    );
  }

  /** For resources of this account only. */
  private ours(...sources: string[]): Conditions {
    return {
      StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
      ArnLike: { 'aws:SourceArn': sources },
    };
  }

  private servicesMay(): PolicyStatement[] {
    const stack = Stack.of(this);
    const { region } = stack;
    const logs = stack.formatArn({
      service: 'logs',
      resource: '*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    return [
      this.eventsMay(),
      // https://docs.aws.amazon.com/eventbridge/latest/userguide/encryption-archives.html has it without conditions.
      statement('EventBridgeLooksAtKey', 'events.amazonaws.com', ['kms:DescribeKey'], {}),
      statement(
        'UndeliveredNotifications',
        'sns.amazonaws.com',
        MESSAGES,
        this.ours(stack.formatArn({ service: 'sns', resource: '*' })),
      ),
      statement(
        'Logs',
        `logs.${region}.${stack.urlSuffix}`,
        [
          'kms:Decrypt',
          'kms:DescribeKey',
          'kms:Encrypt',
          'kms:GenerateDataKey',
          'kms:ReEncryptFrom',
          'kms:ReEncryptTo',
        ],
        { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': logs } },
      ),
      // https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
      statement('LogDelivery', 'delivery.logs.amazonaws.com', ['kms:Decrypt'], {
        StringEquals: { 'kms:EncryptionContext:SourceArn': logs },
      }),
    ];
  }
}

type Conditions = Record<string, Record<string, unknown>>;

function statement(sid: string, service: string, actions: string[], conditions: Conditions): PolicyStatement {
  return new PolicyStatement({
    sid,
    principals: [new ServicePrincipal(service)],
    actions,
    // In the policy of a key, which is the only resource that it speaks of.
    resources: ['*'],
    conditions,
  });
}
