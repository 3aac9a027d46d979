import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fleet, lagCells, readCells } from '../../../proof/bench/fleet.ts';
import { OUTAGE, READS, TROUBLES } from '../../../proof/bench/fleet-plan.ts';
import { PAGE, sectionsIn } from '../../../proof/bench/page.ts';

/** Cells of the rows of the section on fleets. */
const PAGE_ROWS = (sectionsIn(readFileSync(PAGE, 'utf8')).get('fleet') ?? '')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const END = OUTAGE.from + OUTAGE.seconds;

test.each(TROUBLES)(
  'of 100 jobs at once none is lost, told twice or failed, and none asks in step with others; trouble: %s',
  async (trouble) => {
    const result = await fleet(100, trouble);
    const { told, toldTwice, failed, lag, worstAfterOutage, requests } = result;
    expect({ told, toldTwice, failed }).toEqual({ told: 100, toldTwice: 0, failed: 0 });
    // As long as the longest wait of the schedule, or of the retries.
    expect(worstAfterOutage).toBeLessThan(15 * 60);
    if (trouble === 'none') expect(lag.worst).toBeLessThan(60);
    // Whatever went wrong is over: who goes on does so within minutes, not at once, and is not throttled again.
    const after = requests.slice(END, END + 5 * 60);
    if (trouble === 'throttled') expect(after.reduce((sum, count) => sum + count)).toBeGreaterThan(40);
    expect(Math.max(...after)).toBeLessThan(READS.perSecond);
    const rows = PAGE_ROWS.filter(([jobs, of]) => jobs === '100' && of === trouble);
    expect(rows).toEqual([lagCells(result), readCells(result)].map((cells) => cells.map(String)));
  },
  300_000,
);
