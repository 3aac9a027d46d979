import { describe, expect, test } from 'vitest';
import { type Message, toChat, toEmail } from '../../../../core/domain/notices/message.ts';

const message: Message = {
  subject: 'FAILED: DICOM import 1',
  summary: 'The job failed.',
  facts: [
    ['Job', '1'],
    ['Ended', undefined],
    ['Message', 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen'],
  ],
  lists: [
    { title: 'None', entries: [] },
    { title: 'Many', entries: Array.from({ length: 12 }, (_, index) => `entry ${index}`) },
    { title: 'Whole', entries: ['x'.repeat(100)], whole: true },
  ],
  whatToDo: ['Fix it.', 'Then import again.'],
  command: 'aws x \\\n    --y',
  links: { datastores: 'https://a', execution: 'https://b', manifests: 'https://c' },
  eventType: 'DICOM Import Finished',
  job: { datastoreId: 'store', jobId: '1' },
};

test('an email', () => {
  expect(toEmail(message)).toEqual({
    subject: 'FAILED: DICOM import 1',
    body: `The job failed.

Job         1
Message     one two three four five six seven eight nine ten eleven
            twelve thirteen fourteen

Many
  entry 0
  entry 1
  entry 2
  entry 3
  entry 4
  entry 5
  entry 6
  entry 7
  entry 8
  entry 9
  and 2 more, in the event and the manifest

Whole
  ${'x'.repeat(100)}

What to do
  - Fix it.
  - Then import again.

Where to look
  Data stores:
  https://a
  Manifests:
  https://c
  Execution:
  https://b
  On the command line:
  aws x \\
    --y
`,
  });
});

test('a list of ten entries is whole', () => {
  const entries = Array.from({ length: 10 }, (_, index) => `entry ${index}`);
  const { body } = toEmail({ ...message, lists: [{ title: 'Ten', entries }] });
  expect(body).toContain('\n  entry 9\n\nWhat to do\n');
});

describe('a chat message', () => {
  const parsed = (more: Partial<Message> = {}) => JSON.parse(toChat({ ...message, ...more }));

  test('has the shape that Amazon Q Developer in chat applications renders', () => {
    expect(parsed({ lists: [{ title: 'Why', entries: ['2 x no'] }] })).toEqual({
      version: '1.0',
      source: 'custom',
      content: {
        textType: 'client-markdown',
        title: 'FAILED: DICOM import 1',
        description: `The job failed.\n*Job:* 1\n*Message:* ${message.facts[2]?.[1]}\n*Why*\n- 2 x no`,
        nextSteps: [
          'Fix it.',
          'Then import again.',
          'Data stores: https://a',
          'Manifests: https://c',
          'Execution: https://b',
        ],
      },
      metadata: {
        summary: 'FAILED: DICOM import 1',
        eventType: 'DICOM Import Finished',
        threadId: 'store-1',
      },
    });
  });

  test('has no thread where the job is not known, and no links where there is no console', () => {
    const { content, metadata } = parsed({ job: undefined, links: undefined });
    expect(metadata).not.toHaveProperty('threadId');
    expect(content.nextSteps).toEqual(['Fix it.', 'Then import again.']);
  });

  test('is bounded', () => {
    const { description } = parsed({ summary: '𝄞'.repeat(9000) }).content;
    expect([...description]).toHaveLength(4000);
    expect(description.endsWith('…')).toBe(true);
  });
});
