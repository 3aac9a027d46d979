import ora, { type Ora } from 'ora';
import type { ObservedStatus } from '../../core/contract/names.ts';
import { oneLine } from '../../core/domain/text.ts';
import { formatDuration } from './durations.ts';
import { tell } from './output.ts';
import { hasColors } from './stream.ts';
import { widthOf } from './wrap.ts';

/** Receives the progress. */
export interface Observer {
  /** The job runs, and is looked at again after some seconds. */
  running(status: ObservedStatus, ageSeconds: number, waitSeconds: number): void;
  /** Something passing is in the way, in a few words; the next try is after some seconds. */
  trouble(what: string, waitSeconds: number): void;
}

/** Tells how a wait goes on, on standard error. */
export interface Progress extends Observer {
  /** Takes the live line away, before something else is printed. */
  stop(): void;
}

/** A line that changes on a terminal, lines elsewhere, nothing where nobody wants to hear. */
export function progressOf({ quiet }: { readonly quiet: boolean }): Progress {
  if (quiet) return { running() {}, trouble() {}, stop() {} };
  const { stderr, env } = process;
  return stderr.isTTY && env.TERM !== 'dumb' && !env.CI ? liveLine() : plainLines();
}

function liveLine(): Progress {
  const spinner: Ora = ora({
    stream: process.stderr,
    color: hasColors(process.stderr) ? 'cyan' : false,
    // Ctrl-C has to come through.
    discardStdin: false,
  });
  let show = () => '';
  const draw = () => {
    // The spinner and its space, and the last column, which some terminals wrap at.
    spinner.text = oneLine(show()).slice(0, widthOf(process.stderr) - 3);
  };
  const timer = setInterval(draw, 1000);
  timer.unref();
  const set = (text: (sinceSeconds: number) => string) => {
    const at = Date.now();
    show = () => text((Date.now() - at) / 1000);
    draw();
    if (!spinner.isSpinning) spinner.start();
  };
  return {
    running: (status, age, wait) =>
      set((since) => `${stateOf(status, age + since)}; next check in ${left(wait, since)}`),
    trouble: (what, wait) => set((since) => `${shorten(what)}; next try in ${left(wait, since)}`),
    stop() {
      clearInterval(timer);
      spinner.stop();
    },
  };
}

function stateOf(status: ObservedStatus, ageSeconds: number): string {
  if (status === 'NOT_FOUND') return 'HealthImaging does not know the job yet';
  return `${status}, ${formatDuration(ageSeconds)} after it was submitted`;
}

function left(wait: number, since: number): string {
  return formatDuration(Math.max(0, wait - since));
}

/** How often a line says that nothing has changed. */
const STILL_MS = 60_000;

function plainLines(): Progress {
  let last = { what: '', at: 0 };
  const line = (what: string, text: string) => {
    if (what === last.what && Date.now() - last.at < STILL_MS) return;
    last = { what, at: Date.now() };
    tell(text);
  };
  return {
    running: (status, age) => line(status, stateOf(status, age)),
    trouble: (what) => line(what, `${shorten(what)}; trying again`),
    stop() {},
  };
}

/** Without the id of the request, which is for AWS Support. */
function shorten(what: string): string {
  return what.replace(/, request \S+$/, '');
}
