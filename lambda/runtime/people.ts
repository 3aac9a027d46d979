import {
  type Decision,
  hold,
  isTripped,
  loadDecision,
  saveDecision,
  takeEmail,
} from '../../core/aws/digests.ts';
import { describe, WatchError } from '../../core/aws/errors.ts';
import type { Table } from '../../core/aws/watches.ts';
import { type Audience, decodeAudiences, EMAILS_PER_MINUTE, wants } from '../../core/contract/audiences.ts';
import { ENV, ERRORS } from '../../core/contract/names.ts';
import { entryOf, type Noticed } from '../../core/domain/digests/entry.ts';
import { guardedHours } from '../../core/domain/digests/guard.ts';
import { expiry } from '../../core/domain/notices/expiry.ts';
import type { Held } from '../../core/domain/notices/notice.ts';
import { optionalEnv, requireEnv } from './env.ts';
import { measure } from './metrics.ts';

/** Who wants what, from the environment: `AUDIENCES`. Empty where nobody gets emails. */
export function audiences(): Audience[] {
  const text = optionalEnv(ENV.audiences);
  return text === undefined ? [] : decodeAudiences(text);
}

/**
 * Decides what of a notice is sent by itself, and holds the rest for digests. Asked again, it decides the same.
 * Environment: `AUDIENCES`, `EMAILS_PER_HOUR`, `TIME_ZONE`; without the first, all is sent.
 * @param now - milliseconds since the epoch.
 * @throws WatchError `WatchesUnavailable` when the table cannot answer now: nothing may be sent before it does.
 */
export async function holdForDigests(
  table: Table,
  notice: { readonly detail: Noticed },
  now: number,
): Promise<Held | undefined> {
  const { data, metadata } = notice.detail;
  const wanted = audiences().filter((audience) => wants(audience, data));
  if (wanted.length === 0) return undefined;
  try {
    const atOnce = wanted.filter(({ every }) => every === 'verdict');
    const decision = atOnce.length > 0 ? await decide(table, metadata.id, data.outcome, now) : 'email';
    const digests = decision === 'digest' ? wanted : wanted.filter(({ every }) => every !== 'verdict');
    const entry = entryOf(notice.detail);
    for (const { id } of digests) await hold(table, id, metadata.id, entry, now, expiry(now));
    const held = heldOf(decision, digests);
    if (decision === 'digest') measure({ emailsHeld: 1 });
    return held;
  } catch (error) {
    throw new WatchError(ERRORS.watchesUnavailable, `digests: ${describe(error)}`);
  }
}

/** Emails that no address wants at once are sent all the same: somebody may have subscribed by hand. */
function heldOf(decision: Decision, digests: readonly Audience[]): Held | undefined {
  const chat = digests.some(({ channel }) => channel === 'chat');
  if (decision === 'email' && !chat) return undefined;
  return { ...(decision === 'digest' && { email: true }), ...(chat && { chat: true }) };
}

async function decide(table: Table, eventId: string, outcome: string, now: number): Promise<Decision> {
  const before = await loadDecision(table, eventId);
  if (before) return before;
  const timeZone = requireEnv(ENV.timeZone);
  const hours = guardedHours(outcome, timeZone, now);
  const hour = {
    name: hours.hour,
    emailsPerHour: Number(requireEnv(ENV.emailsPerHour)),
    emailsPerMinute: EMAILS_PER_MINUTE,
  };
  const isOn = await isTripped(table, { name: hours.before });
  const email = await takeEmail(table, hour, hours.minute, eventId, hours.expiresAt);
  return saveDecision(table, eventId, !isOn && email === 'taken' ? 'email' : 'digest', expiry(now));
}
