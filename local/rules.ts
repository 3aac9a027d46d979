import { randomUUID } from 'node:crypto';
import type { Clock } from '../simulator/clock.ts';
import { type BusEvent, type EventBuses, eventTime } from './event-bus.ts';
import { parsePattern } from './event-pattern.ts';
import { everySeconds } from './schedule.ts';
import { nameOf, PLACE, resourcesOf, type Template } from './template.ts';

/** A rule with a schedule. */
export interface LocalSchedule {
  /** The logical id of the rule. */
  readonly name: string;
  readonly everySeconds: number;
  /** Invokes the targets once; resolves when all is delivered, which with retries takes time on the clock. */
  fire(): Promise<void>;
}

/** What the targets of rules are delivered with, by logical id. */
export interface Delivery {
  send(queue: string, body: unknown): Promise<unknown>;
  publish(topic: string, body: unknown): Promise<unknown>;
  /** @param awsRequestId - the same when an event is tried again. */
  invoke(functionName: string, event: unknown, awsRequestId: string): Promise<unknown>;
  /** Called with every function that failed on an event; it is tried again. */
  readonly onFailedEvent?: (error: Error) => void;
}

interface FunctionProperties {
  readonly DeadLetterConfig?: { readonly TargetArn: string };
}
interface InvokeConfigProperties {
  readonly FunctionName: string;
  readonly Qualifier: string;
  readonly MaximumRetryAttempts?: number;
  readonly [property: string]: unknown;
}
interface RuleProperties {
  readonly EventBusName?: string;
  readonly EventPattern?: unknown;
  readonly ScheduleExpression?: string;
  readonly State?: string;
  readonly Targets?: readonly ({ readonly Arn: string; readonly Input?: string } & Readonly<
    Record<string, unknown>
  >)[];
}

/** What is delivered at the first attempt is delivered the same with them and without. */
const KNOWN_OF_TARGETS = ['Id', 'Arn', 'RetryPolicy', 'DeadLetterConfig'];

/** Seconds after which Lambda tries an asynchronous invocation again (Lambda developer guide, asynchronous invocation). */
const ASYNC_RETRY_SECONDS = [60, 120];

/** Adds the rules of a template to the buses. @returns those that have a schedule, which nobody fires yet. */
export function addRules(
  template: Template,
  buses: EventBuses,
  clock: Clock,
  delivery: Delivery,
): LocalSchedule[] {
  const deliver = deliverer(template, clock, delivery);
  const schedules: LocalSchedule[] = [];
  for (const { id, arn, properties } of resourcesOf<RuleProperties>(template, 'AWS::Events::Rule')) {
    const { EventBusName = 'default', EventPattern, ScheduleExpression, State, Targets = [] } = properties;
    // A schedule can say what is delivered in the place of its event.
    const known = [...KNOWN_OF_TARGETS, ...(ScheduleExpression !== undefined ? ['Input'] : [])];
    for (const target of Targets) {
      const unknown = Object.keys(target).find((key) => !known.includes(key));
      if (unknown) throw new Error(`the local runner does not know ${unknown} of the rule ${id}`);
    }
    if (State === 'DISABLED') continue;
    if (ScheduleExpression !== undefined) {
      schedules.push({
        name: id,
        everySeconds: everySeconds(ScheduleExpression),
        fire: async () => {
          const event = scheduledEvent(arn, clock.now());
          await Promise.all(
            Targets.map(({ Arn, Input }) =>
              clock.run(() => deliver(Arn, Input === undefined ? event : JSON.parse(Input))),
            ),
          );
        },
      });
    }
    if (EventPattern === undefined && ScheduleExpression !== undefined) continue;
    const pattern = parsePattern(EventPattern);
    // Each target on its own: one that fails keeps none of the others waiting.
    for (const { Arn } of Targets) {
      buses.addRule({ bus: EventBusName, pattern, deliver: (event) => deliver(Arn, event) });
    }
  }
  return schedules;
}

function scheduledEvent(ruleArn: string, now: number): BusEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: PLACE.account,
    time: eventTime(now),
    region: PLACE.region,
    resources: [ruleArn],
    detail: {},
  };
}

/** Fires a schedule until it is stopped. */
export function runSchedule(schedule: LocalSchedule, clock: Clock, stopping: AbortSignal): void {
  void clock.run(async () => {
    while (!stopping.aborted) {
      await clock.sleep(schedule.everySeconds * 1000, stopping);
      // Not awaited: the next is due whether or not this one was delivered.
      if (!stopping.aborted) void schedule.fire();
    }
  });
}

/** How often Lambda tries an event again that a function failed on, of each function that says so. */
function asyncAttempts(template: Template): Map<string, number> {
  const known = ['FunctionName', 'Qualifier', 'MaximumRetryAttempts'];
  const attempts = new Map<string, number>();
  const type = 'AWS::Lambda::EventInvokeConfig';
  for (const { id, properties } of resourcesOf<InvokeConfigProperties>(template, type)) {
    const { FunctionName, Qualifier, MaximumRetryAttempts = ASYNC_RETRY_SECONDS.length } = properties;
    const unknown = Object.keys(properties).find((key) => !known.includes(key));
    if (unknown) throw new Error(`the local runner does not know ${unknown} of ${type} '${id}'`);
    // Rules invoke the function by its plain ARN, which is its latest version.
    if (Qualifier === '$LATEST') attempts.set(nameOf(FunctionName), MaximumRetryAttempts);
  }
  return attempts;
}

/** As Lambda invokes for EventBridge: an attempt, one more after each of the waits, then the event is for the dead-letter queue. */
function deliverer(template: Template, clock: Clock, { send, publish, invoke, onFailedEvent }: Delivery) {
  const attempts = asyncAttempts(template);
  const deadLetters = new Map(
    resourcesOf<FunctionProperties>(template, 'AWS::Lambda::Function').map(({ id, properties }) => [
      id,
      properties.DeadLetterConfig && nameOf(properties.DeadLetterConfig.TargetArn),
    ]),
  );
  return async (targetArn: string, event: unknown): Promise<void> => {
    const name = nameOf(targetArn);
    if (targetArn.startsWith('arn:aws:sqs:')) {
      await send(name, event);
      return;
    }
    if (targetArn.startsWith('arn:aws:sns:')) {
      await publish(name, event);
      return;
    }
    const awsRequestId = randomUUID();
    for (const seconds of [...ASYNC_RETRY_SECONDS.slice(0, attempts.get(name)), undefined]) {
      try {
        await invoke(name, event, awsRequestId);
        return;
      } catch (error) {
        onFailedEvent?.(error as Error);
        if (seconds !== undefined) await clock.sleep(seconds * 1000);
      }
    }
    const queue = deadLetters.get(name);
    if (queue) await send(queue, event);
  };
}
