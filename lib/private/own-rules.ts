import { Rule, type RuleProps, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { SweepRequest } from '../../core/contract/names.ts';

/** The rules that invoke the watcher's functions. What they cannot deliver is kept. */
export class OwnRules {
  readonly all: Rule[] = [];
  private readonly scope: Construct;
  private readonly deadLetterQueue: IQueue;

  constructor(scope: Construct, deadLetterQueue: IQueue) {
    this.scope = scope;
    this.deadLetterQueue = deadLetterQueue;
  }

  /** @param input - what the function gets in place of the event. */
  add(id: string, fn: LambdaFunction, props: Omit<RuleProps, 'targets'>, input?: SweepRequest): void {
    const target = new LambdaTarget(fn, {
      deadLetterQueue: this.deadLetterQueue,
      event: input && RuleTargetInput.fromObject(input),
    });
    this.all.push(new Rule(this.scope, id, { ...props, targets: [target] }));
  }
}
