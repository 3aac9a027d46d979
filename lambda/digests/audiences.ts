import {
  claim,
  clear,
  heldNotices,
  hold,
  knowAudience,
  knownAudiences,
  leaseRun,
  leaveAudience,
  releaseRun,
} from '../../core/aws/digests.ts';
import type { Table } from '../../core/aws/watches.ts';
import { type Audience, wants } from '../../core/contract/audiences.ts';
import { digestId } from '../../core/domain/digests/calendar.ts';
import type { DigestEntry } from '../../core/domain/digests/entry.ts';
import { expiry } from '../../core/domain/notices/expiry.ts';
import { expiryOfSent, LEASE_MS, writeEach } from './limits.ts';

/** How long an audience that is gone is looked at: a function of before the deployment may still hold something for it. */
const REMEMBER_GONE_SECONDS = 30 * 24 * 3600;
/** What stands for a digest where what was held went to other audiences. */
const MOVED = 'moved';

/**
 * Whoever changes how often an address is notified, or of what, makes another audience of it. What was held for the one before
 * goes to those that came when it went, as far as they want it: those that there were before have it already.
 * @param audiences - all that there are now.
 * @param now - milliseconds since the epoch.
 * @returns how many notices were held for audiences that are gone.
 */
export async function moveFromGone(
  table: Table,
  audiences: readonly Audience[],
  now: number,
): Promise<number> {
  const ids = new Set(audiences.map(({ id }) => id));
  const all = await knownAudiences(table);
  const gone = all.filter(({ id }) => !ids.has(id));
  // One that is back counts as new.
  const known = new Map(all.flatMap((each) => (each.goneSince === undefined ? [[each.id, each]] : [])));
  // Before the others are known: a run that dies between the two leaves none that seems to have been there before.
  for (const { id, goneSince } of gone) {
    if (goneSince !== undefined) continue;
    await leaveAudience(table, id, now, String(Math.floor(now / 1000) + REMEMBER_GONE_SECONDS));
  }
  for (const audience of audiences) {
    if (!known.has(audience.id)) await knowAudience(table, audience, now);
  }
  let moved = 0;
  for (const { id, channel, goneSince = now } of gone) {
    const heirs = audiences.filter(
      (heir) => heir.channel === channel && (known.get(heir.id)?.since ?? now) >= goneSince,
    );
    moved += await moveAll(table, id, heirs, now);
  }
  return moved;
}

/** @param id - of the audience that is gone. */
async function moveAll(table: Table, id: string, heirs: readonly Audience[], now: number): Promise<number> {
  const lease = now + LEASE_MS;
  const last = await leaseRun(table, id, now, lease);
  // A run of before the deployment works on it.
  if (!last) return 0;
  const sent = last.phase === 'sent' ? digestId(id, last.boundary) : undefined;
  let moved = 0;
  try {
    for await (const page of heldNotices(table, id)) {
      await writeEach(page, async ({ eventId, entry, digest }) => {
        if (!digest || digest !== sent) {
          const notice: DigestEntry = JSON.parse(entry);
          for (const heir of heirs.filter((each) => wants(each, notice))) {
            await hold(table, heir.id, eventId, notice, now, expiry(now));
          }
          moved++;
        }
        if (!digest) await claim(table, id, eventId, MOVED);
        await clear(table, id, eventId, digest ?? MOVED, expiryOfSent(now));
      });
    }
  } finally {
    await releaseRun(table, id, lease);
  }
  return moved;
}
