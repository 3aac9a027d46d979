import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EmailSubscriber } from '../../lib/index.ts';
import { writeStudy } from '../../simulator/index.ts';
import { WatchedCloud } from '../support/watched-cloud.ts';

const HOUR = 3600_000;
const EMAILS: EmailSubscriber[] = [
  { address: 'each@hospital.example' },
  { address: 'hourly@hospital.example', every: 'hour', outcomes: ['SUCCEEDED', 'PARTIALLY_FAILED'] },
  { address: 'other@hospital.example', every: 'hour', outcomes: ['ABANDONED'] },
];
let watched: WatchedCloud;

beforeAll(async () => {
  watched = await WatchedCloud.start({ emails: EMAILS, emailsPerHour: 2, chat: true, chatEvery: 'hour' });
});
afterAll(() => watched.stop());

/** Subjects in an inbox since the last time. */
async function inbox(address: string): Promise<string[]> {
  const bodies = await watched.drain(watched.cloud.inboxes.get(address) ?? '');
  return bodies.map((body) => JSON.parse(body).Subject);
}

async function digests(): Promise<void> {
  await watched.cloud.schedules.find(({ name }) => name.includes('Digest'))?.fire();
  await watched.clock.idle();
}

test('each address gets each verdict once: by itself or in a digest, by its filter and as often as it wants', async () => {
  // A new hour, so that all of them end in it.
  await watched.pass((HOUR - (watched.clock.now() % HOUR)) / 1000);
  const told: string[] = [];
  for (const files of [writeStudy(), ...Array(3).fill(undefined)]) {
    const { events } = await watched.watch({ ...(files && { files }) });
    told.push(...events.map(({ detail }) => (detail as { data: { outcome: string } }).data.outcome));
  }
  // Systems get every verdict at once.
  expect(told).toEqual(['PARTIALLY_FAILED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
  const each = await inbox('each@hospital.example');
  const { length } = 'DICOM import 0123456789abcdef0123456789abcdef';
  expect(each.map((subject) => subject.slice(0, -length))).toEqual([
    'PARTIALLY FAILED: ',
    'SUCCEEDED: ',
    'SUCCEEDED: ',
  ]);
  await watched.pass(HOUR / 1000);
  await digests();
  await digests();
  expect(await inbox('each@hospital.example')).toEqual([expect.stringMatching(/^DIGEST \S+: 1 SUCCEEDED$/)]);
  expect(await inbox('hourly@hospital.example')).toEqual([
    expect.stringMatching(/^DIGEST \d{8}T\d{4}Z-[0-9a-f]{8}: 1 PARTIALLY FAILED, 3 SUCCEEDED$/),
  ]);
  expect(await inbox('other@hospital.example')).toEqual([]);
});
