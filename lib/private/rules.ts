import { Stack } from 'aws-cdk-lib';
import {
  CfnEventBus,
  type CfnRule,
  type EventPattern,
  type IEventBus,
  type IRuleTarget,
  Rule,
  type RuleProps,
  RuleTargetInput,
} from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct, IConstruct } from 'constructs';
import type { SweepRequest } from '../../core/contract/names.ts';
import { lengthOf, MAX_PATTERN } from './filters.ts';
import { ruleName, rulePrefix } from './names.ts';
import { rulesMay } from './owner.ts';
import { checkTarget } from './passed-in.ts';

/** The options of a rule, without what the watcher sets. */
export type WatcherRuleProps = Omit<RuleProps, 'targets' | 'eventPattern'>;

/**
 * A rule whose ARN is text. CDK's own refers to the rule: in the policy of a queue of another stack that points back at
 * the watcher, which points at the queue.
 */
export class WatcherRule extends Rule {
  private readonly rest: WatcherRule[] = [];
  private readonly bus: IEventBus | undefined;

  /**
   * Several rules where the patterns are: what is done to the first is done to all of them.
   * @param ids - of the rule within its watcher.
   * @param prefix - of the names of the watcher's rules.
   */
  static of(
    scope: Construct,
    ids: readonly string[],
    prefix: string,
    patterns: readonly EventPattern[],
    props: WatcherRuleProps,
  ): WatcherRule {
    const [first, ...rest] = patterns;
    const id = ids[ids.length - 1] ?? '';
    const rule = new WatcherRule(scope, id, ids, prefix, first, props);
    for (const [index, pattern] of rest.entries()) {
      const part = `Part${index + 2}`;
      const { ruleName: name, ...other } = props;
      const own = { ...other, ...(name && { ruleName: `${name}-${part}` }) };
      rule.rest.push(new WatcherRule(rule, part, [...ids, part], prefix, pattern, own));
    }
    return rule;
  }

  private constructor(
    scope: Construct,
    id: string,
    ids: readonly string[],
    prefix: string,
    eventPattern: EventPattern | undefined,
    props: WatcherRuleProps,
  ) {
    super(scope, id, { ruleName: ruleName(prefix, ids), ...props, eventPattern });
    this.bus = props.eventBus as IEventBus | undefined;
    this.node.addValidation({ validate: () => this.tooLong() });
  }

  /** Lists may hold what is known only at deployment, as long as what it stands for. */
  private tooLong(): string[] {
    const { eventPattern } = this.node.defaultChild as CfnRule;
    const length = lengthOf(this, (Stack.of(this).resolve(eventPattern) ?? {}) as EventPattern);
    if (length <= MAX_PATTERN) return [];
    return [
      `the event pattern must have ${MAX_PATTERN} characters at most, got ${length} with what 'eventPattern' adds`,
    ];
  }

  /** All rules that this one stands for. */
  get all(): readonly WatcherRule[] {
    return [this, ...this.rest];
  }

  override get ruleArn(): string {
    return Stack.of(this).formatArn({
      service: 'events',
      resource: 'rule',
      resourceName: `${pathOfBus(this.bus)}${this.physicalName}`,
    });
  }

  override addTarget(target?: IRuleTarget): void {
    if (target) checkTarget(this, target, [this.ruleArn]);
    super.addTarget(target);
    for (const rule of this.rest ?? []) rule.addTarget(target);
  }

  override addEventPattern(eventPattern?: EventPattern): void {
    super.addEventPattern(eventPattern);
    for (const rule of this.rest ?? []) rule.addEventPattern(eventPattern);
  }
}

/** The ARN of any rule of a watcher, on whatever bus. */
function rulesOf(scope: IConstruct, prefix: string): string {
  return Stack.of(scope).formatArn({ service: 'events', resource: 'rule', resourceName: `*${prefix}*` });
}

/** What comes before the name of a rule in its ARN: nothing on the account's default bus. */
function pathOfBus(bus: IEventBus | undefined): string {
  if (!bus) return '';
  const resource = bus.node.defaultChild;
  // The name as text; `eventBusName` would refer to the bus.
  const name = CfnEventBus.isCfnEventBus(resource) ? resource.name : bus.eventBusName;
  const text = Stack.of(bus).resolve(name);
  if (typeof text !== 'string') return '*';
  return text === 'default' ? '' : `${text}/`;
}

/** The rules of a watcher. What those that invoke its functions cannot deliver is kept. */
export class WatcherRules {
  /** Those that invoke the functions. */
  readonly own: Rule[] = [];
  private readonly scope: Construct;
  private readonly prefix: string;
  private readonly deadLetterQueue: IQueue;

  constructor(scope: Construct, deadLetters: IQueue) {
    this.scope = scope;
    this.prefix = rulePrefix(scope);
    deadLetters.addToResourcePolicy(
      rulesMay(scope, 'sqs:SendMessage', deadLetters.queueArn, [rulesOf(scope, this.prefix)]),
    );
    // Of a queue of this app, CDK adds a statement for each rule to its policy, which takes 20.
    this.deadLetterQueue = Queue.fromQueueArn(scope, 'RuleDeadLettersReference', deadLetters.queueArn);
  }

  add(id: string, patterns: readonly EventPattern[], props: WatcherRuleProps): WatcherRule {
    return WatcherRule.of(this.scope, [id], this.prefix, patterns, props);
  }

  /** @param input - what the function gets in place of the event. */
  invoke(
    fn: LambdaFunction,
    id: string,
    patterns: readonly EventPattern[],
    props: WatcherRuleProps,
    input?: SweepRequest,
  ): WatcherRule {
    const event = input && RuleTargetInput.fromObject(input);
    const rule = this.add(id, patterns, props);
    const target = new LambdaTarget(fn, { deadLetterQueue: this.deadLetterQueue, event });
    // Not the target itself: the queue is ours, and its policy is not CDK's to complete.
    rule.addTarget({ bind: (to, targetId) => target.bind(to, targetId) });
    this.own.push(...rule.all);
    return rule;
  }
}
