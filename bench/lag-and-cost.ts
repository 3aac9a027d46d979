import { DEFAULT_POLL_SCHEDULE } from '../lambda/domain/poll-schedule.ts';
import { costOf } from '../scripts/cost.ts';
import { defaultDefinition } from '../scripts/definition.ts';
import { table } from './table.ts';

const DURATIONS = [
  ['90 s', 90],
  ['1 h', 3600],
  ['24 h', 24 * 3600],
] as const;

export function section(): string {
  const definition = defaultDefinition();
  const rows = DURATIONS.map(([name, seconds]) => {
    const { checks, transitions, dollars } = costOf(definition, DEFAULT_POLL_SCHEDULE, seconds);
    return [name, checks, transitions, dollars.toFixed(2)];
  });
  return `## Lag and cost

${table(['job length', 'checks', 'state transitions', 'dollars per 1,000 jobs'], rows)}`;
}
