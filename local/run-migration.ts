import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Detail, ImportFinishedData } from '../core/contract/events.ts';
import { writeStudy } from '../simulator/index.ts';
import { type LocalCloud, startLocalCloud } from './cloud.ts';
import { EMAIL, synthesizeDemo } from './demo-stack.ts';
import { bundledFunction, functionAhead } from './functions.ts';
import { putFiles, startImport } from './import-files.ts';
import type { Story } from './narrator.ts';
import { EMAILS, title } from './run-demo.ts';

export interface MigrationOptions {
  readonly jobs: number;
  /** How long each import takes, in seconds. */
  readonly duration: number;
  readonly say: Story['say'];
}

/** What `--jobs` with `--json` prints. */
export interface MigrationResult {
  readonly jobs: number;
  /** Verdicts that the queue got, by outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly people: readonly Inbox[];
}

interface Email {
  readonly subject: string;
  readonly body: string;
}

/** What somebody got. */
interface Inbox {
  readonly address: string;
  /** Emails of single verdicts. */
  readonly emails: number;
  readonly digests: readonly Email[];
}

/** The study of every so manieth job has files that an import refuses. */
const BROKEN_EVERY = 8;
const HOUR_MS = 3600_000;
/** How long all verdicts may take once the last job has ended; past that something is broken. */
const PATIENCE_SECONDS = 120;
/** HealthImaging's own quotas would make it wait for minutes. */
const LIFTED = { perSecond: 1, burst: Number.POSITIVE_INFINITY };

/** Imports many small studies on this machine, and sends the digest that is due at the end of the hour. */
export async function runMigration({ jobs, duration, say }: MigrationOptions): Promise<MigrationResult> {
  const stack = synthesizeDemo({ emails: EMAILS });
  say('synthesized', `${Object.keys(stack.template.Resources).length} resources, now run on this machine`);
  const cloud = await startLocalCloud({
    ...stack,
    makeFunction: (spec) =>
      spec.name.includes('SendDigests') ? functionAhead(spec, HOUR_MS) : bundledFunction(spec),
    simulator: {
      jobDurationSeconds: duration,
      quotas: {
        concurrentJobs: jobs,
        rates: {
          StartDICOMImportJob: LIFTED,
          GetDICOMImportJob: LIFTED,
          ListDICOMImportJobs: LIFTED,
          ListDatastores: LIFTED,
        },
      },
    },
    onFailedEvent: ({ name, message }) => say('failed', `an event: ${name} ${message}`),
  });
  try {
    say('quotas', 'those of HealthImaging are lifted, so that a migration takes seconds');
    for (let number = 0; number < jobs; number++) {
      const withBrokenFiles = number % BROKEN_EVERY === 0;
      const prefix = `study-${number}/`;
      await putFiles(cloud, prefix, writeStudy({ seed: number, instancesPerSeries: [1], withBrokenFiles }));
      await startImport(cloud, prefix, 'migration');
    }
    say('submitted', `${jobs} import jobs, one for each study`);
    await allEnded(cloud, jobs, duration + PATIENCE_SECONDS);
    say('ended', `${jobs} watches, each with its verdict on the bus`);
    say('digests', 'SendDigests looks for what is due: its clock is an hour ahead, to be over soon');
    await cloud.schedules.find(({ name }) => name.includes('DigestSchedule'))?.fire();
    const people: Inbox[] = [];
    for (const { address } of EMAILS) people.push(await inbox(cloud, address));
    return { jobs, outcomes: await outcomes(cloud, stack.queue), people };
  } finally {
    await cloud.stop();
    await rm(stack.assembly, { recursive: true, force: true });
  }
}

async function allEnded({ machine }: LocalCloud, jobs: number, patienceSeconds: number): Promise<void> {
  const deadline = Date.now() + patienceSeconds * 1000;
  const statuses = () => [...machine.executions.values()].map(({ status }) => status);
  const ended = () => statuses().filter((status) => status !== 'RUNNING').length;
  while (ended() < jobs && Date.now() < deadline) await delay(50);
  const verdicts = statuses().filter((status) => status === 'SUCCEEDED').length;
  if (verdicts < jobs) throw new Error(`only ${verdicts} of ${jobs} watches came to a verdict`);
}

async function drain(cloud: LocalCloud, queue: string): Promise<string[]> {
  const bodies: string[] = [];
  for (let body = await cloud.receive(queue); body !== undefined; body = await cloud.receive(queue)) {
    bodies.push(body);
  }
  return bodies;
}

async function inbox(cloud: LocalCloud, address: string): Promise<Inbox> {
  const all = (await drain(cloud, cloud.inboxes.get(address) ?? '')).map((text): Email => {
    const { Subject: subject, Message: body } = JSON.parse(text);
    return { subject, body };
  });
  const digests = all.filter(({ subject }) => subject.startsWith('DIGEST '));
  return { address, emails: all.length - digests.length, digests };
}

async function outcomes(cloud: LocalCloud, queue: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const text of await drain(cloud, queue)) {
    const { outcome } = (JSON.parse(text).detail as Detail<ImportFinishedData>).data;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

/** Prints what came of it, as people read it. */
export function showMigration(
  { jobs, outcomes, people }: MigrationResult,
  print: (line: string) => void,
): void {
  const [first] = people.find(({ address }) => address === EMAIL)?.digests ?? [];
  if (first) {
    print(title(`the digest, as ${EMAIL} gets it`));
    print(`Subject: ${first.subject}\n\n${first.body}`);
  }
  print(title('in short'));
  const counts = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
  print(`${jobs} jobs: ${counts.join(', ')}, each on the bus at once`);
  for (const { address, emails, digests } of people) {
    print(
      `${address}: ${emails} emails of single verdicts, ${digests.length} digest${digests.length === 1 ? '' : 's'}`,
    );
  }
}
