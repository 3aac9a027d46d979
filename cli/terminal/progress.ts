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
  return isLive() ? liveLine() : plainLines();
}

/** Tells how much of a whole is done, on standard error. */
export interface Counting {
  done(count: number): void;
  /** What is known of the whole, and whether it is all. */
  total(count: number, isAll: boolean): void;
  /** Takes the live line away, before something else is printed. */
  stop(): void;
}

/** A bar with the time left on a terminal, a line a minute elsewhere. @param what - is counted, such as "job folders". */
export function countingOf(what: string): Counting {
  const began = Date.now();
  const state = { done: 0, total: 0, isAll: false };
  const text = () => countingText(state, what, (Date.now() - began) / 1000);
  const set = (more: Partial<typeof state>) => Object.assign(state, more);
  const counting = {
    done: (done: number) => void set({ done }),
    total: (total: number, isAll: boolean) => void set({ total, isAll }),
  };
  if (isLive()) {
    const line = spinnerLine();
    line.set(text);
    return { ...counting, stop: line.stop };
  }
  const timer = setInterval(() => tell(text()), STILL_MS);
  timer.unref();
  return { ...counting, stop: () => clearInterval(timer) };
}

const BAR = 20;

/** `[#####---------------] 2500 of 10000 job folders, 25 %, 1 min 10 s left` */
export function countingText(
  { done, total, isAll }: { readonly done: number; readonly total: number; readonly isAll: boolean },
  what: string,
  seconds: number,
): string {
  const whole = Math.max(done, total);
  if (!isAll || whole === 0) return `${done} ${what}${total > done ? ` of ${total} or more` : ''}`;
  const part = done / whole;
  const filled = Math.floor(part * BAR);
  const left = done > 0 ? `, ${formatDuration((seconds * (1 - part)) / part)} left` : '';
  return `[${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}] ${done} of ${whole} ${what}, ${Math.floor(part * 100)} %${left}`;
}

function isLive(): boolean {
  const { stderr, env } = process;
  return stderr.isTTY && env.TERM !== 'dumb' && !env.CI;
}

/** A line of a terminal that changes. */
function spinnerLine() {
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
  return {
    /** Shows this text until another one is set. */
    set(text: (sinceSeconds: number) => string) {
      const at = Date.now();
      show = () => text((Date.now() - at) / 1000);
      draw();
      if (!spinner.isSpinning) spinner.start();
    },
    stop() {
      clearInterval(timer);
      spinner.stop();
    },
  };
}

function liveLine(): Progress {
  const { set, stop } = spinnerLine();
  return {
    running: (status, age, wait) =>
      set((since) => `${stateOf(status, age + since)}; next check in ${left(wait, since)}`),
    trouble: (what, wait) => set((since) => `${shorten(what)}; next try in ${left(wait, since)}`),
    stop,
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
