import type { SNSClient } from '@aws-sdk/client-sns';
import {
  claim,
  clear,
  type DigestRun,
  isTripped,
  leaseRun,
  loadRun,
  noticesOf,
  pendingNotices,
  releaseRun,
  saveRun,
} from '../../core/aws/digests.ts';
import { sendDigest } from '../../core/aws/notices.ts';
import type { Table } from '../../core/aws/watches.ts';
import { type Audience, digestFormat } from '../../core/contract/audiences.ts';
import { MESSAGE_FORMATS } from '../../core/contract/names.ts';
import { digestId, hourOf, lastBoundary } from '../../core/domain/digests/calendar.ts';
import { buildDigest, type GuardState } from '../../core/domain/digests/digest.ts';
import type { DigestEntry } from '../../core/domain/digests/entry.ts';
import { guardName } from '../../core/domain/digests/guard.ts';
import { DigestTally } from '../../core/domain/digests/tally.ts';
import type { Time } from '../../core/time.ts';
import { expiryOfSent, LEASE_MS, writeEach } from './limits.ts';

/** What is needed to send digests. */
export interface DigestTools {
  readonly table: Table;
  readonly sns: SNSClient;
  readonly topicArn: string;
  /** Name of the watcher. */
  readonly watcher: string;
  readonly timeZone: string;
  readonly emailsPerHour: number;
  readonly time: Time;
}

/** A digest could not be sent. */
class DigestError extends Error {
  /** When it was due. */
  readonly dueSince: number;

  constructor(dueSince: number, cause: unknown) {
    super('a digest could not be sent', { cause });
    this.name = (cause as Error).name;
    this.dueSince = dueSince;
  }
}

/**
 * Sends the digest of an audience that is due, if any; before it, one that an earlier run did not come to the end of.
 * @returns how many were sent, and since when one is due that somebody else works on.
 * @throws DigestError that says since when it is due.
 */
export async function sendDueDigest(
  tools: DigestTools,
  audience: Audience,
): Promise<{ readonly digests: number; readonly dueSince?: number }> {
  const { table, time, timeZone } = tools;
  const now = time.now();
  const due = lastBoundary(audience.every, timeZone, now);
  const lease = now + LEASE_MS;
  let boundary = due;
  try {
    if (isDone(await loadRun(table, audience.id), due)) return { digests: 0 };
    const last = await leaseRun(table, audience.id, now, lease);
    if (!last) return { digests: 0, dueSince: due };
    let digests = 0;
    if (last.phase !== 'closed') {
      boundary = last.boundary;
      if (await finish(tools, audience, last, lease)) digests++;
    }
    if (due > last.boundary) {
      boundary = due;
      if (await finish(tools, audience, { boundary, phase: 'collecting' }, lease)) digests++;
    }
    await saveRun(table, audience.id, { boundary, phase: 'closed' }, 0);
    return { digests };
  } catch (error) {
    // Else the next runs would wait for the end of the lease. If this fails as well, they do.
    await releaseRun(table, audience.id, lease).catch(() => undefined);
    throw new DigestError(boundary, error);
  }
}

function isDone({ boundary, phase }: DigestRun, due: number): boolean {
  return phase === 'closed' && boundary >= due;
}

/** Takes a digest from the phase that it has come to, to its end. @returns whether it was sent now: not where it is empty. */
async function finish(
  tools: DigestTools,
  audience: Audience,
  { boundary, phase }: DigestRun,
  lease: number,
): Promise<boolean> {
  const { table, time } = tools;
  const digest = digestId(audience.id, boundary);
  const reach = (next: 'sealed' | 'sent') => saveRun(table, audience.id, { boundary, phase: next }, lease);
  if (phase === 'collecting') {
    await saveRun(table, audience.id, { boundary, phase }, lease);
    for await (const page of pendingNotices(table, audience.id, boundary)) {
      await writeEach(page, ({ eventId }) => claim(table, audience.id, eventId, digest));
    }
    await reach('sealed');
  }
  let sent = false;
  if (phase === 'collecting' || phase === 'sealed') {
    sent = await send(tools, audience, boundary, digest);
    await reach('sent');
  }
  const expiresAt = expiryOfSent(time.now());
  for await (const page of noticesOf(table, audience.id, digest)) {
    await writeEach(page, ({ eventId }) => clear(table, audience.id, eventId, digest, expiresAt));
  }
  return sent;
}

async function send(tools: DigestTools, audience: Audience, boundary: number, id: string): Promise<boolean> {
  const { table, timeZone, emailsPerHour, watcher } = tools;
  const tally = new DigestTally();
  for await (const page of noticesOf(table, audience.id, id)) {
    for (const { eventId, entry } of page) tally.add(eventId, JSON.parse(entry) as DigestEntry);
  }
  if (tally.notices === 0) return false;
  const { every, channel } = audience;
  const guard = every === 'verdict' ? await guardState(table, timeZone, boundary) : undefined;
  const { email, chat } = buildDigest({ id, every, boundary, timeZone, tally, guard, emailsPerHour });
  await sendDigest(tools, {
    ...(channel === 'chat'
      ? { format: MESSAGE_FORMATS.chat, message: chat }
      : { format: digestFormat(audience), subject: email.subject, message: email.body }),
    watcher,
    outcomes: tally.outcomes.map(([outcome]) => outcome),
    datastoreIds: tally.datastores.map(([datastoreId]) => datastoreId),
  });
  return true;
}

/** What the guard was in the hour that ended, and is now. */
async function guardState(table: Table, timeZone: string, boundary: number): Promise<GuardState> {
  const ended = hourOf(timeZone, boundary - 1);
  const before = hourOf(timeZone, ended - 1);
  const tripped = async (start: number) => {
    for (const outcome of ['FAILED', 'SUCCEEDED']) {
      if (await isTripped(table, { name: guardName(outcome, start) })) return true;
    }
    return false;
  };
  if (await tripped(ended)) return 'on';
  return (await tripped(before)) ? 'off again' : 'many in a minute';
}
