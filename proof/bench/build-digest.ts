/** Makes a digest of so many jobs and prints what that took, as JSON; proof/bench/digest.ts starts it: `node proof/bench/build-digest.ts JOBS`. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { hold } from '../../core/aws/digests.ts';
import { sendDueDigest } from '../../lambda/digests/send.ts';
import { MemoryTable, type Message, memoryTopic, type Request, type Response } from '../chaos/memory.ts';

/** What it prints. */
export interface DigestReading {
  /** Of the email. */
  readonly bytes: number;
  readonly milliseconds: number;
  /** Of memory that the process had at most. */
  readonly megabytes: number;
}

const REASONS = 10;
const jobs = Number(process.argv[2]);
const now = Date.UTC(2026, 0, 1, 9, 30);
const memory = new MemoryTable(0);
const messages: Message[] = [];
const config = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
const asking = (answer: (request: Request) => Response) => ({
  handle: async (request: Request) => ({ response: answer(request) }),
});
const client = new DynamoDBClient({
  ...config,
  requestHandler: asking((request) => memory.handle(request)) as never,
});
const sns = new SNSClient({
  ...config,
  requestHandler: asking(memoryTopic((message) => messages.push(message))) as never,
});
const table = { client, name: 'Watches' };
const audience = { id: 'a1b2c3d4', channel: 'email', every: 'hour' } as const;
const id = (number: number) => number.toString(16).padStart(32, '0');

for (let number = 0; number < jobs; number++) {
  const entry = {
    outcome: number % 2 ? 'FAILED' : 'PARTIALLY_FAILED',
    datastoreId: id(number % 5),
    jobId: id(number),
    at: new Date(now - 3600_000).toISOString(),
    files: { scanned: 500, imported: 490, rejected: 10, unaccounted: 0 },
    imageSets: { created: 2, changed: 1, nonPrimary: 0 },
    reasons: Array.from({ length: REASONS }, (_, reason): [string, string, number] => [
      'ValidationException',
      `reason ${reason === 0 ? `of job ${number}` : reason}, ${'as long as they are '.repeat(4)}`,
      1,
    ]),
  };
  await hold(table, audience.id, `finished-${number}`, entry, now - 3600_000, '2000000000');
}
const tools = { table, sns, topicArn: 'arn:aws:sns:us-east-1:000000000000:Topic', watcher: 'Watcher' };
const start = performance.now();
const time = { now: () => now, sleep: async () => undefined };
await sendDueDigest({ ...tools, timeZone: 'UTC', emailsPerHour: 20, time }, audience);
const milliseconds = performance.now() - start;
const [message] = messages;
if (!message?.body.includes(`${jobs}`) || messages.length !== 1) throw new Error('there is no such digest');
const reading: DigestReading = {
  bytes: Buffer.byteLength(message.subject + message.body),
  milliseconds,
  megabytes: process.resourceUsage().maxRSS / 1024,
};
console.log(JSON.stringify(reading));
