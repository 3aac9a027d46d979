import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { EVENT_SCHEMAS, parseDicomImportEvent } from '../../../core/contract/events.ts';
import { contractFiles } from '../../../scripts/contract.ts';
import { eventOf, examples } from '../../../scripts/contract-examples.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string) => readFileSync(root + path, 'utf8');
const files = contractFiles(read);

test.each(Object.keys(files))('%s is what `npm run contract` writes', (path) => {
  expect(read(path)).toBe(files[path]);
});

const ajv = new Ajv2020({ strict: true });
addFormats.default(ajv);
const validators = Object.fromEntries(
  Object.keys(files)
    .filter((path) => path.startsWith('docs/schemas/dicom-'))
    .map((path) => ajv.compile(JSON.parse(read(path))))
    .map((validate) => {
      const { properties } = validate.schema as { properties: Record<string, { const: string }> };
      return [properties['detail-type']?.const, validate];
    }),
);

test('there is a schema for each detail-type', () => {
  expect(Object.keys(validators).sort()).toEqual(Object.keys(EVENT_SCHEMAS).sort());
});

describe.each(examples().map((example) => [example.name, example] as const))('%s', (name, example) => {
  const path = `docs/examples/${name.toLowerCase().replaceAll('_', '-')}.json`;
  const event = JSON.parse(read(path));
  const validate = validators[example.detailType];
  const changed = (change: (detail: { data: Record<string, unknown> }) => void) => {
    const copy = structuredClone(event);
    change(copy.detail);
    return copy;
  };

  test('the example is valid by the JSON Schema and by the parser', () => {
    expect(validate?.(event)).toBe(true);
    expect(parseDicomImportEvent(event)).toEqual(eventOf(example));
    expect(event.detail.data.outcome).toBe(example.outcome);
  });

  test('the contract knows all of its fields', () => {
    expect(EVENT_SCHEMAS[example.detailType].parse(event)).toEqual(event);
  });

  test.each<[string, (detail: { data: Record<string, unknown> }) => void]>([
    ['without an outcome', ({ data }) => delete data.outcome],
    ['with another outcome', ({ data }) => Object.assign(data, { outcome: 'DONE' })],
    ['with another time', ({ data }) => Object.assign(data, { submittedAt: 'soon', stoppedAt: 'soon' })],
    ['without its execution', ({ data }) => delete data.executionArn],
  ])('%s it is valid by neither', (_, change) => {
    const wrong = changed(change);
    expect(validate?.(wrong)).toBe(false);
    expect(() => parseDicomImportEvent(wrong)).toThrow(/detail\.data\./);
  });

  test('what a later version may add is valid by both, and kept', () => {
    const more = changed((detail) => Object.assign(detail.data, { severity: 'low' }));
    expect(validate?.(more)).toBe(true);
    expect(parseDicomImportEvent(more)).toHaveProperty('detail.data.severity', 'low');
  });

  test('the message has at most 72 columns, but for what has to be copied whole', () => {
    const wide = example.notice.email.body.split('\n').filter((line) => line.length > 72);
    expect(wide.filter((line) => !/https:|arn:/.test(line))).toEqual([]);
    expect(example.notice.email.subject).toMatch(/^[ -~]{1,99}$/);
  });
});
