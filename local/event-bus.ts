import { randomUUID } from 'node:crypto';
import type { Clock } from '../simulator/clock.ts';
import { type EventPattern, matches } from './event-pattern.ts';
import { nameOf, PLACE } from './template.ts';

/** An event as a rule's target receives it. */
export interface BusEvent {
  readonly version: string;
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

export interface BusRule {
  readonly bus: string;
  readonly pattern: EventPattern;
  /** Delivers to the targets of the rule. */
  readonly deliver: (event: BusEvent) => Promise<void>;
}

/** A time as events have it: to the second. */
export function eventTime(now: number): string {
  return new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Event buses that deliver by rule, each delivery on its own and at least once, as EventBridge does. */
export class EventBuses {
  readonly #rules: BusRule[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  addRule(rule: BusRule): void {
    this.#rules.push(rule);
  }

  /** Takes an event as it came from an AWS service. */
  publish(bus: string, event: BusEvent): void {
    for (const rule of this.#rules.filter((each) => each.bus === bus && matches(each.pattern, event))) {
      void this.#clock.run(() => rule.deliver(event));
    }
  }

  /** Takes an entry of `PutEvents`. */
  put(entry: {
    Source: string;
    DetailType: string;
    Detail: string;
    EventBusName?: string;
    Resources?: string[];
  }): string {
    const id = randomUUID();
    // A bus is named by its name or by its ARN.
    this.publish(nameOf(entry.EventBusName ?? 'default'), {
      version: '0',
      id,
      'detail-type': entry.DetailType,
      source: entry.Source,
      account: PLACE.account,
      time: eventTime(this.#clock.now()),
      region: PLACE.region,
      resources: entry.Resources ?? [],
      detail: JSON.parse(entry.Detail),
    });
    return id;
  }
}
