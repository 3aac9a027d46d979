import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Encryption } from './encryption.ts';
import type { HandlerFunctionProps, HandlerSettings } from './handler-function.ts';
import type { WatcherRules } from './rules.ts';
import type { Settings } from './settings.ts';

/** Where messages end up that could not be delivered. */
export interface DeadLetters {
  /** Events that a rule could not deliver, to our functions or to subscribers. */
  readonly rules: Queue;
  /** Events on which a function failed. */
  readonly functions: Queue;
  /** Emails that SNS could not deliver. */
  readonly notifications: Queue;
}

/**
 * What each feature of a watcher builds with. A feature is a function on a page of its own, with its Lambda function, its rules and
 * its grants. It builds in the scope of the watcher: a construct of its own would change logical ids.
 */
export interface Parts {
  /** The watcher. */
  readonly scope: Construct;
  readonly settings: Settings;
  /** Name of the watcher and of its state machine. */
  readonly name: string;
  readonly encryption: Encryption;
  readonly deadLetters: DeadLetters;
  readonly watches: ITable;
  readonly bus: IEventBus;
  readonly topic: ITopic;
  readonly rules: WatcherRules;
  /** Makes a Lambda function with what all of them have in common. */
  readonly functionOf: (
    id: string,
    props: Omit<HandlerFunctionProps, keyof HandlerSettings>,
  ) => LambdaFunction;
}

/** Parts, and the state machine that follows import jobs. */
export interface PartsWithWorkflow extends Parts {
  readonly stateMachine: IStateMachine;
  readonly checkImportJob: LambdaFunction;
  readonly summarizeImport: LambdaFunction;
}
