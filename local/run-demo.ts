import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ImportFinishedDetail } from '../lambda/contract.ts';
import { type StudyFile, writeStudy } from '../simulator/index.ts';
import { type LocalCloud, startLocalCloud } from './cloud.ts';
import { EMAIL, synthesizeDemo } from './demo-stack.ts';
import type { BusEvent } from './event-bus.ts';
import { putFiles, startImport } from './import-files.ts';
import { narrator } from './narrator.ts';
import type { Execution } from './state-machine.ts';

export interface DemoOptions {
  /** Default: a small study of its own. */
  readonly files?: readonly StudyFile[] | undefined;
  readonly events: boolean;
  /** How long the import takes, in seconds. */
  readonly duration: number;
  /** Prints a line of the story. */
  readonly print: (line: string) => void;
}

/** What `--json` prints. */
export interface DemoResult {
  readonly outcome: string;
  /** As the target of a rule receives it. */
  readonly event: BusEvent;
  readonly email: { readonly subject: string; readonly body: string };
  /** Checks that the watch made. */
  readonly polls: number;
  /** From the end of the job to the published verdict. */
  readonly lagSeconds: number;
  readonly executions: number;
}

const PREFIX = 'ward-3/';
/** How long after the end of the import its verdict may take; past that something is broken. */
const PATIENCE_SECONDS = 60;

/** Follows one import, on this machine. @throws Error where no verdict was published. */
export async function runDemo({
  files = writeStudy(),
  events,
  duration,
  print,
}: DemoOptions): Promise<DemoResult> {
  const { say, onEvent, onStep } = narrator(print, Date.now);
  const stack = synthesizeDemo();
  say('synthesized', `${Object.keys(stack.template.Resources).length} resources, now run on this machine`);
  const cloud = await startLocalCloud({
    ...stack,
    simulator: { jobDurationSeconds: duration, faults: { jobs: events ? [] : [{ eventsLost: true }] } },
    onEvent,
    onStep,
    onFailedEvent: ({ name, message }) => say('failed', `an event: ${name} ${message}`),
  });
  try {
    await putFiles(cloud, PREFIX, files);
    say('input', `${files.length} files in S3`);
    const jobId = await startImport(cloud, PREFIX, 'demo');
    say('submitted', `import job ${jobId}`);
    if (!events) {
      say('sweep', 'looks for jobs that nobody watches, as it does every 15 minutes');
      await cloud.schedules[0]?.fire();
    }
    return await verdict(cloud, stack.queue, duration + PATIENCE_SECONDS);
  } finally {
    await cloud.stop();
    await rm(stack.assembly, { recursive: true, force: true });
  }
}

/** What the queue and the inbox got, once the execution has ended. */
async function verdict(cloud: LocalCloud, queue: string, patienceSeconds: number): Promise<DemoResult> {
  const deadline = Date.now() + patienceSeconds * 1000;
  let execution: Execution | undefined;
  do {
    await delay(50);
    execution = [...cloud.machine.executions.values()][0];
  } while (Date.now() < deadline && (!execution || execution.status === 'RUNNING'));
  if (!execution) throw new Error('no verdict: nobody started a watch');
  if (execution.status !== 'SUCCEEDED') {
    throw new Error(`no verdict: the watch is ${execution.status}, ${execution.error?.message ?? 'still'}`);
  }
  const event = JSON.parse(await received(cloud, queue)) as BusEvent;
  const mail = JSON.parse(await received(cloud, cloud.inboxes.get(EMAIL) ?? '')) as {
    Subject: string;
    Message: string;
  };
  const { data } = event.detail as ImportFinishedDetail;
  const published = execution.steps.find(
    (step) => step.state === 'Publish outcome' && step.what === 'succeeded',
  );
  const lag = ((published?.at ?? 0) - Date.parse(data.endedAt ?? '')) / 1000;
  return {
    outcome: data.outcome,
    event,
    email: { subject: mail.Subject, body: mail.Message },
    polls: execution.steps.filter((step) => step.state === 'Check import job' && step.what === 'entered')
      .length,
    lagSeconds: Math.round(lag * 1000) / 1000,
    executions: cloud.machine.executions.size,
  };
}

async function received(cloud: LocalCloud, queue: string): Promise<string> {
  const deadline = Date.now() + 5_000;
  while (Date.now() < deadline) {
    const message = await cloud.receive(queue);
    if (message !== undefined) return message;
    await delay(50);
  }
  throw new Error(`nothing arrived in the queue ${queue}`);
}

/** Prints what came of it, as people read it. */
export function showResult(
  { email, event, polls, lagSeconds }: DemoResult,
  print: DemoOptions['print'],
): void {
  const title = (text: string) => `\n── ${text} ${'─'.repeat(Math.max(0, 68 - text.length))}`;
  print(title(`the email, as ${EMAIL} gets it`));
  print(`Subject: ${email.subject}\n\n${email.body}`);
  print(title('the event, as a queue gets it'));
  print(JSON.stringify(event, null, 2));
  print(title('in short'));
  print(`${polls} checks; the verdict was published ${lagSeconds} s after the import ended`);
}
