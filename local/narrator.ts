import type { News } from '../core/contract/names.ts';
import type { CheckResult, ImportReport } from '../core/domain/notices/notice.ts';
import { oneLine } from '../core/domain/text.ts';
import type { BusEvent } from './event-bus.ts';
import type { Step } from './state-machine.ts';

type Say = (what: string, text: string) => void;

export type Story = ReturnType<typeof narrator>;

/** Tells what happens, as it happens, one line each. */
export function narrator(print: (line: string) => void, now: () => number) {
  const start = now();
  let checks = 0;
  const say: Say = (what, text) =>
    print(`${((now() - start) / 1000).toFixed(1).padStart(6)} s  ${what.padEnd(15)} ${oneLine(text)}`);
  return {
    say,
    onEvent: (event: BusEvent) => say('event', event['detail-type']),
    onStep: ({ state, what, data, execution }: Step) => {
      if (what === 'entered' && state === 'Check import job') {
        if (checks++ === 0) say('watch started', `execution ${execution}`);
      } else if (what === 'failed' && (data as Error).name === 'States.Timeout') {
        say('wait over', 'no news came');
      } else if (what === 'failed') {
        say('failed', `${state}: ${(data as Error).name}, is tried again`);
      } else if (what === 'succeeded') {
        narrateSuccess(say, state, data, checks);
      }
    },
  };
}

function narrateSuccess(say: Say, state: string, data: unknown, checks: number): void {
  if (state === 'Check import job') {
    const { next, jobStatus, waitSeconds } = data as CheckResult;
    say(`check ${checks}`, `${jobStatus}, ${next === 'running' ? `waits ${waitSeconds} s for news` : next}`);
  } else if (state === 'Wait for news') {
    say('news', `${(data as News).jobStatus}: wakes the watch`);
  } else if (state === 'Summarize import') {
    const { outcome, summary } = (data as ImportReport).detail.data;
    say('outcome', `${outcome}: ${summary}`);
  } else {
    say('done', state);
  }
}
