import { describe, expect, test } from 'vitest';
import { InvalidDicomImportEventError, parseDicomImportEvent } from '../../../core/contract/events.ts';
import { eventOf, examples } from '../../../scripts/contract-examples.ts';

// biome-ignore lint/suspicious/noExplicitAny: made wrong below
const event: any = eventOf(examples().find(({ outcome }) => outcome === 'PARTIALLY_FAILED') ?? ({} as never));

test('an event is given back as it is, and its detail-type says which', () => {
  const parsed = parseDicomImportEvent(event);
  expect(parsed).toBe(event);
  // Compiles only if the type is distinguished.
  const files = parsed['detail-type'] === 'DICOM Import Finished' ? parsed.detail.data.files : undefined;
  expect(files?.imported).toBe(5);
});

describe('what is none fails with an error that says where', () => {
  const allowed =
    "expected one of 'DICOM Import Finished', 'DICOM Import Overdue', 'DICOM Import Watch Failed'";
  const { detail } = event;
  test.each<[string, unknown, string]>([
    ['text', JSON.stringify(event), 'expected an event as an object, got text: parse its JSON first'],
    ['nothing', undefined, 'the event: Invalid input: expected object, received undefined'],
    [
      'an event of HealthImaging',
      { ...event, 'detail-type': 'Import Job Completed' },
      `detail-type: ${allowed}`,
    ],
    ['no detail-type', { ...event, 'detail-type': undefined }, `detail-type: ${allowed}`],
    ['another source', { ...event, source: 'DOE' }, 'source: Invalid input: expected "dicom-import-watcher"'],
    [
      'a later version',
      { ...event, detail: { ...detail, metadata: { ...detail.metadata, schemaVersion: '2' } } },
      'detail.metadata.schemaVersion: Invalid input: expected "1"',
    ],
    [
      'a count as text',
      {
        ...event,
        detail: { ...detail, data: { ...detail.data, files: { ...detail.data.files, imported: 'DOE' } } },
      },
      'detail.data.files.imported: Invalid input: expected number, received string',
    ],
    ['no detail', { ...event, detail: 'DOE' }, 'detail: Invalid input: expected object, received string'],
  ])('%s', (_, wrong, message) => {
    const parse = () => parseDicomImportEvent(wrong);
    expect(parse).toThrow(InvalidDicomImportEventError);
    expect(parse).toThrow(message);
    expect(parse).not.toThrow(/DOE/);
  });
});
