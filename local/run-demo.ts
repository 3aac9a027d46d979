import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { wrapAnsi } from 'fast-wrap-ansi';
import type { Detail, ImportFinishedData } from '../core/contract/events.ts';
import { jsonText } from '../core/domain/text.ts';
import type { EmailSubscriber, QueueSubscriber, SubscriberOutcome } from '../lib/index.ts';
import { type StudyFile, writeStudy } from '../simulator/index.ts';
import { type LocalCloud, startLocalCloud } from './cloud.ts';
import { EMAIL, type SynthesizedStack, synthesizeDemo } from './demo-stack.ts';
import type { BusEvent } from './event-bus.ts';
import { putFiles, startImport } from './import-files.ts';
import type { Story } from './narrator.ts';
import { ownWords } from './own-words.ts';
import type { Execution } from './state-machine.ts';
import type { Template } from './template.ts';

export interface DemoOptions {
  /** Default: a small study of its own. */
  readonly files?: readonly StudyFile[] | undefined;
  readonly events: boolean;
  /** How long the import takes, in seconds. */
  readonly duration: number;
  readonly story: Story;
  /** What follows while everything is still up. */
  readonly hold?: ((result: DemoResult, cloud: LocalCloud, template: Template) => Promise<void>) | undefined;
}

/** What `--json` prints. */
export interface DemoResult {
  readonly outcome: string;
  /** As the target of a rule receives it. */
  readonly event: BusEvent;
  readonly email: { readonly subject: string; readonly body: string };
  /** Who was notified, and who was not because of the filter of the subscription. */
  readonly subscribers: readonly Subscriber[];
  /** Checks that the watch made. */
  readonly polls: number;
  /** From the end of the job to the published verdict. */
  readonly lagSeconds: number;
  readonly executions: number;
}

/** A person or a system with a subscription. */
export interface Subscriber {
  readonly name: string;
  readonly kind: 'email' | 'queue';
  readonly wants: readonly SubscriberOutcome[] | 'everything';
  readonly told: boolean;
}

/** Those who want only some outcomes, beside a person and a queue that want all. */
export const EMAILS: EmailSubscriber[] = [
  { address: EMAIL },
  {
    address: 'pacs-on-call@hospital.example',
    outcomes: ['PARTIALLY_FAILED', 'NOTHING_IMPORTED', 'FAILED', 'UNVERIFIED', 'ABANDONED', 'OVERDUE'],
  },
];
export const QUEUES: QueueSubscriber[] = [
  { name: 'reading-worklist', outcomes: ['SUCCEEDED', 'SUCCEEDED_WITH_WARNINGS'] },
];

/** Where the demo puts its files. */
export const PREFIX = 'ward-3/';
/** How long after the end of the import its verdict may take; past that something is broken. */
const PATIENCE_SECONDS = 60;

/** Follows one import, on this machine. @throws Error where no verdict was published. */
export async function runDemo({
  files = writeStudy(),
  events,
  duration,
  hold,
  story: { say, onEvent, onStep },
}: DemoOptions): Promise<DemoResult> {
  const stack = synthesizeDemo({ emails: EMAILS, queues: QUEUES });
  say('synthesized', `${Object.keys(stack.template.Resources).length} resources, now run on this machine`);
  const cloud = await startLocalCloud({
    ...stack,
    simulator: { jobDurationSeconds: duration, faults: { jobs: events ? [] : [{ eventsLost: true }] } },
    onEvent,
    onStep,
    runSchedules: hold !== undefined,
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
    const result = await verdict(cloud, stack, duration + PATIENCE_SECONDS);
    await hold?.(result, cloud, stack.template);
    return result;
  } finally {
    await cloud.stop();
    await rm(stack.assembly, { recursive: true, force: true });
  }
}

/** What the queue and the inbox got, once the execution has ended. */
async function verdict(
  cloud: LocalCloud,
  stack: SynthesizedStack,
  patienceSeconds: number,
): Promise<DemoResult> {
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
  const event = JSON.parse(await received(cloud, stack.queue)) as BusEvent;
  const mail = JSON.parse(await received(cloud, cloud.inboxes.get(EMAIL) ?? '')) as {
    Subject: string;
    Message: string;
  };
  const { data } = event.detail as Detail<ImportFinishedData>;
  const published = execution.steps.find(
    (step) => step.state === 'Publish outcome' && step.what === 'succeeded',
  );
  const lag = ((published?.at ?? 0) - Date.parse(data.endedAt ?? '')) / 1000;
  return {
    outcome: data.outcome,
    event,
    email: { subject: mail.Subject, body: mail.Message },
    subscribers: await subscribers(cloud, stack),
    polls: execution.steps.filter((step) => step.state === 'Check import job' && step.what === 'entered')
      .length,
    lagSeconds: Math.round(lag * 1000) / 1000,
    executions: cloud.machine.executions.size,
  };
}

/** Asked last: what arrived at all arrived with the rest. */
async function subscribers(cloud: LocalCloud, stack: SynthesizedStack): Promise<Subscriber[]> {
  const isTold = async (queue = '') => (await cloud.receive(queue)) !== undefined;
  const everyone: Subscriber[] = [
    { name: EMAIL, kind: 'email', wants: 'everything', told: true },
    { name: 'Verdicts', kind: 'queue', wants: 'everything', told: true },
  ];
  for (const { address, outcomes } of EMAILS) {
    if (!outcomes) continue;
    const told = await isTold(cloud.inboxes.get(address));
    everyone.push({ name: address, kind: 'email', wants: outcomes, told });
  }
  for (const { name, outcomes = [] } of QUEUES) {
    everyone.push({ name, kind: 'queue', wants: outcomes, told: await isTold(stack.queues.get(name)) });
  }
  return everyone;
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

/** The line above a part of what is printed. */
export const title = (text: string) => `\n── ${text} ${'─'.repeat(Math.max(0, 68 - text.length))}`;

/** Prints what came of it, as people read it. */
export function showResult(
  { email, event, subscribers, polls, lagSeconds }: DemoResult,
  print: (line: string) => void,
): void {
  print(title(`the email, as ${EMAIL} gets it`));
  print(`Subject: ${email.subject}\n\n${email.body}`);
  print(title('the event, as a queue gets it'));
  print(jsonText(event, 2));
  print(title('who was notified, by the filter of each subscription'));
  for (const { name, kind, wants, told } of subscribers) {
    print(`${told ? 'told    ' : 'not told'}  ${kind}  ${name}`);
    print(
      wrapAnsi(`wants ${wants === 'everything' ? wants : wants.join(', ')}`, 54).replace(
        /^/gm,
        ' '.repeat(17),
      ),
    );
  }
  const own = ownWords((event.detail as Detail<ImportFinishedData>).data);
  if (own.length > 0) print(title('what is simulated here'));
  for (const words of own) print(wrapAnsi(words, 71));
  print(title('in short'));
  print(`${polls} checks; the verdict was published ${lagSeconds} s after the import ended`);
}
