import { sns } from '../../core/aws/clients.ts';
import { dynamoDB } from '../../core/aws/table-client.ts';
import { ENV } from '../../core/contract/names.ts';
import { systemTime, type Time } from '../../core/time.ts';
import { moveFromGone } from '../digests/audiences.ts';
import { sendDueDigest } from '../digests/send.ts';
import { requireEnv } from '../runtime/env.ts';
import { log } from '../runtime/log.ts';
import { measure } from '../runtime/metrics.ts';
import { audiences } from '../runtime/people.ts';
import { withSources } from '../runtime/with-sources.ts';

const client = dynamoDB();
const topic = sns();

/**
 * Sends the digests that are due, to each audience on its own. What fails is tried again by the next run; doing it twice, or
 * twice at once, does nothing more.
 * Environment: `AUDIENCES`, `EMAILS_PER_HOUR`, `TIME_ZONE`, `WATCHES_TABLE`, `TOPIC_ARN`, `POWERTOOLS_SERVICE_NAME`.
 * @throws Error where a digest could not be sent.
 */
export const sendDigests =
  (time: Time) =>
  async (_event: unknown): Promise<{ readonly sent: number; readonly failed: number }> => {
    const tools = {
      table: { client, name: requireEnv(ENV.watchesTable) },
      sns: topic,
      topicArn: requireEnv(ENV.topicArn),
      watcher: requireEnv(ENV.watcher),
      timeZone: requireEnv(ENV.timeZone),
      emailsPerHour: Number(requireEnv(ENV.emailsPerHour)),
      time,
    };
    let sent = 0;
    let failed = 0;
    let digestDelay = 0;
    const wanted = audiences();
    try {
      const moved = await moveFromGone(tools.table, wanted, time.now());
      if (moved > 0) log.info('the settings changed: other digests hold what was held', { moved });
    } catch (error) {
      failed++;
      log.error('what is held for settings of before could not be moved', { error: (error as Error).name });
    }
    for (const audience of wanted) {
      try {
        const { digests, dueSince } = await sendDueDigest(tools, audience);
        sent += digests;
        if (dueSince !== undefined) digestDelay = Math.max(digestDelay, (time.now() - dueSince) / 1000);
      } catch (error) {
        failed++;
        const { dueSince = time.now() } = error as { dueSince?: number };
        digestDelay = Math.max(digestDelay, (time.now() - dueSince) / 1000);
        // The name only: AWS's message can quote anything.
        log.error('a digest failed', { audience: audience.id, error: (error as Error).name });
      }
    }
    log.info('digests', { sent, failed, digestDelay });
    measure({ digestDelay, ...(sent > 0 && { digestsSent: sent }) });
    if (failed > 0) throw new Error(`${failed} digests failed`);
    return { sent, failed };
  };

export const handler = withSources(sendDigests(systemTime));
