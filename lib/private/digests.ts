import { createHash } from 'node:crypto';
import { Duration, Lazy, Stack, Token } from 'aws-cdk-lib';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type Audience, type Cadence, encodeAudiences } from '../../core/contract/audiences.ts';
import { ENV } from '../../core/contract/names.ts';
import type { SubscriberFilter } from '../subscribers.ts';
import type { IDicomImportWatcher } from '../watcher-interface.ts';
import type { Alarms } from './alarms.ts';
import type { PartsWithWorkflow } from './parts.ts';
import { roleOf } from './permissions.ts';
import { sizeOf } from './size.ts';
import { check } from './validate.ts';

/** How late a digest comes at most: an hour of a time zone can begin at any quarter of an hour. */
const EVERY = Duration.minutes(5);
const HALF_AN_HOUR = Duration.minutes(30);
/** What the environment of each function has room for beside the rest, of 4 KB. */
const MAX_AUDIENCES = 2000;
/** How much of the id of a data store tells it from others. */
const END_OF_ID = 10;
/** How long what stands for an id of a data store will be. */
const ID_LENGTH = 32;

export interface DigestParts extends PartsWithWorkflow {
  readonly alarms: Alarms;
  readonly watcher: IDicomImportWatcher;
  /** The functions that notify people, beside the two of the state machine. */
  readonly notifying: readonly LambdaFunction[];
}

/**
 * Digests and the storm guard. There is nothing of them where nobody gets emails: the first who does brings the function, its
 * rule and its alarm.
 */
export class Digests {
  private readonly parts: DigestParts;
  private readonly audiences = new Map<string, Audience>();

  constructor(parts: DigestParts) {
    this.parts = parts;
  }

  /** Whether somebody gets digests, or may. */
  get exist(): boolean {
    return this.audiences.size > 0;
  }

  /** Adds somebody to those who want the same as often. @throws Error where what all of them want is too long for a function. */
  add(channel: Audience['channel'], every: Cadence, filter: SubscriberFilter): Audience {
    const { scope, settings } = this.parts;
    const audience = this.audienceOf(channel, every, filter);
    if (!this.exist) {
      this.addFunction();
      if (settings.chat) this.set(this.audienceOf('chat', settings.chatEvery, {}));
    }
    this.set(audience);
    const length = sizeOf(scope, encodeAudiences([...this.audiences.values()]), ID_LENGTH);
    check(
      length <= MAX_AUDIENCES,
      `the 'outcomes' and 'datastoreIds' of all 'emails' must have ${MAX_AUDIENCES} characters at most, got ${length}: give more addresses the same, or leave 'datastoreIds' out for all that are watched`,
    );
    return audience;
  }

  private set(audience: Audience): void {
    this.audiences.set(audience.id, audience);
  }

  private audienceOf(
    channel: Audience['channel'],
    every: Cadence,
    { outcomes, datastoreIds }: SubscriberFilter,
  ): Audience {
    const { scope, name } = this.parts;
    const wanted = {
      channel,
      every,
      ...(outcomes && { outcomes: [...outcomes].sort() }),
      ...(datastoreIds && { datastores: endsOf([...datastoreIds].sort()) }),
    };
    const text = JSON.stringify([name, Stack.of(scope).resolve(wanted)]);
    return { id: createHash('sha256').update(text).digest('hex').slice(0, 8), ...wanted };
  }

  private addFunction(): void {
    const { scope, settings, alarms, watcher, watches, topic, encryption, rules, functionOf } = this.parts;
    const { checkImportJob, summarizeImport, notifying } = this.parts;
    const audiences = () => Stack.of(scope).toJsonString(encodeAudiences([...this.audiences.values()]));
    const environment = {
      [ENV.audiences]: Lazy.string({ produce: audiences }),
      [ENV.emailsPerHour]: String(settings.emailsPerHour),
      [ENV.timeZone]: settings.timeZone,
    };
    for (const fn of [checkImportJob, summarizeImport, ...notifying]) {
      for (const [key, value] of Object.entries(environment)) fn.addEnvironment(key, value);
    }
    summarizeImport.addEnvironment(ENV.watchesTable, watches.tableName);
    watches.grant(summarizeImport, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    encryption.grantUse(roleOf(summarizeImport), 'dynamodb');
    const sendDigests = functionOf('SendDigests', {
      handler: 'send-digests',
      description: 'Sends emails about many import jobs',
      environment: {
        ...environment,
        [ENV.watchesTable]: watches.tableName,
        [ENV.topicArn]: topic.topicArn,
      },
      timeout: Duration.minutes(5),
      memorySize: 256,
      encrypted: ['dynamodb', 'sns'],
      onEvents: true,
      traced: false,
    });
    watches.grant(sendDigests, 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem');
    sendDigests.addToRolePolicy(
      new PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] }),
    );
    encryption.grantUseOf(topic, roleOf(sendDigests));
    const schedule = rules.invoke(sendDigests, 'DigestSchedule', [{}], {
      description: 'Looks for digests that are due',
      schedule: Schedule.rate(EVERY),
    });
    alarms.add({
      kind: 'digest-late',
      severity: 'page',
      meaning:
        'A digest has been due for half an hour, or nothing looks for digests: people are not notified.',
      metric: watcher.metricDigestDelay({ period: HALF_AN_HOUR }),
      threshold: HALF_AN_HOUR.toSeconds(),
      missing: TreatMissingData.BREACHING,
      after: schedule.all,
      look: `/cloudwatch/home?region=${Stack.of(scope).region}#metricsV2`,
    });
  }
}

/** As much of each id as tells it from the others. */
function endsOf(ids: readonly string[]): string[] {
  const ends = ids.map((id) => (Token.isUnresolved(id) ? id : id.slice(-END_OF_ID)));
  return new Set(ends).size === ends.length ? ends : [...ids];
}
