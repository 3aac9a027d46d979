import type { Aws } from '../aws/connect.ts';
import type { StackResource } from './resources.ts';

/** What was found of one thing. `note`: nothing is wrong, but somebody should know. */
export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'note' | 'problem';
  /** What was found, in a sentence. */
  readonly detail: string;
  /** What to do, in a sentence or a command. */
  readonly todo?: string;
}

/** What every check gets. */
export interface Patient {
  readonly aws: Aws;
  /** What the watcher's stack holds. */
  readonly resources: readonly StackResource[];
  readonly stateMachineArn: string;
  readonly tableName: string;
  /** When the stack was deployed last, in milliseconds since the epoch. */
  readonly deployedAt: number;
  /** Seconds by which the clock of AWS is ahead of ours, where an answer told. */
  readonly clockAhead: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Looks at one thing, without changing it. @throws what AWS answers; whoever calls it tells. */
export interface DoctorCheck {
  readonly name: string;
  look(patient: Patient): Promise<readonly Omit<Finding, 'check'>[]>;
}

/** The resources of a type. */
export function ofType({ resources }: Patient, type: string): StackResource[] {
  return resources.filter((resource) => resource.type === type);
}

export const ok = (detail: string) => ({ status: 'ok', detail }) as const;
export const note = (detail: string, todo?: string) => ({ status: 'note', detail, todo }) as const;
export const problem = (detail: string, todo: string) => ({ status: 'problem', detail, todo }) as const;

/** `1 rule`, `3 rules` */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
