import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linesOf, type OpenManifest, readManifestFiles } from '../../../core/aws/manifests.ts';
import { parseDicomImportEvent } from '../../../core/contract/events.ts';
import { PUBLISHED } from '../../../core/contract/names.ts';
import { MAX_MANIFEST_BYTES } from '../../../core/domain/verdict/job-manifest.ts';
import { MAX_LINE_LENGTH } from '../../../core/domain/verdict/lines.ts';
import { parseFailure } from '../../../core/domain/verdict/manifest.ts';
import type { ManifestFile } from '../../../core/domain/verdict/manifest-location.ts';
import { documented, documentedLines } from '../../../proof/fixtures/documented-manifests.ts';
import { fuzz } from '../../support/fuzz.ts';
import { completed, failureLine, reportOf, successLine } from '../domain/given.ts';

type Line = 'success' | 'failure' | 'warning';
/** What is in the folder of a job. */
type Folder = Readonly<Record<ManifestFile, Uint8Array | 'missing' | 'forbidden'>>;

/** Opens these files, which come in pieces of this size. */
const opening =
  (folder: Folder, size = 64 * 1024): OpenManifest =>
  async (file) => {
    const bytes = folder[file];
    return typeof bytes === 'string' ? bytes : Readable.from(pieces(bytes, size), { objectMode: false });
  };

function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Names that mean something to JavaScript, or to the reader. */
const NAMES = [
  ...[
    'toString',
    'valueOf',
    'toJSON',
    '__proto__',
    'constructor',
    'prototype',
    'hasOwnProperty',
    'length',
    'then',
  ],
  ...['inputFile', 'exception', 'exceptionType', 'message', 'importResponse', 'imageSetId', 'isPrimary'],
  ...['warnings', 'warning_reason_code', 'jobSummary', 'jobId', 'imageSetsSummary'],
];
const LEAVES = [
  ...['null', 'true', 'false', '0', '-1', '1.5', '1e400', '-1e400', '1e-400', '9007199254740993', '45330'],
  ...['"\\ud800"', '"\\udc00x"', '""', '"\\u0000"', '"\\u001b[2J"', '"__proto__"', '"45330"', '"True"'],
  `${'['.repeat(3000)}${']'.repeat(3000)}`,
];
/** The text of any JSON value. */
const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom(...LEAVES),
    fc.string({ unit: 'binary', maxLength: 20 }).map((text) => JSON.stringify(text)),
    fc.array(tie('json'), { maxLength: 3 }).map((values) => `[${values.join(',')}]`),
    fc
      .array(fc.tuple(fc.oneof(fc.constantFrom(...NAMES), fc.string({ maxLength: 5 })), tie('json')), {
        maxLength: 3,
      })
      .map((members) => `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`),
  ),
}));

/** A text with one character more, less, or another. */
const mutated = (texts: fc.Arbitrary<string>) =>
  fc
    .tuple(
      texts,
      fc.nat(),
      fc.nat(1),
      fc.constantFrom('', '"', '{', '}', '[', ',', '\\', '0', 'x', '\0', '\uFEFF'),
    )
    .map(([text, at, more, put]) => {
      const from = at % (text.length + 1);
      return text.slice(0, from) + put + text.slice(from + more);
    });

/** The documented shapes with any value anywhere. */
const shaped: Readonly<Record<Line, fc.Arbitrary<string>>> = {
  success: fc
    .tuple(json, json, json)
    .map(([a, b, c]) => `{"inputFile":${a},"importResponse":{"imageSetId":${b},"isPrimary":${c}}}`),
  failure: fc
    .tuple(json, json, json)
    .map(([a, b, c]) => `{"inputFile":${a},"exception":{"exceptionType":${b},"message":${c}}}`),
  warning: fc
    .tuple(json, json, json, json)
    .map(
      ([a, b, c, d]) =>
        `{"inputFile":${a},"importResponse":{"imageSetId":${b},"isPrimary":${c},"warnings":[{"warning_reason_code":${d}}]}}`,
    ),
};
const junk = fc.oneof(
  fc.constantFrom('', ' ', '\t\r', '\0', '\u2028', '\uFEFF', '{', '['.repeat(3000), '{"a":'.repeat(3000)),
  fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.replaceAll('\n', '')),
);
const lineOf = (kind: Line) => {
  const good = fc.constantFrom<string>(...documentedLines[kind]);
  return fc.oneof(good, shaped[kind], mutated(good), mutated(shaped[kind]), json, junk);
};

/** A file of these lines, with any line ends; or some of its bytes are no UTF-8. */
const fileOf = (lines: fc.Arbitrary<string[]>) =>
  fc
    .tuple(lines, fc.constantFrom('\n', '\r\n'), fc.boolean(), fc.option(fc.nat(), { freq: 5 }))
    .map(([all, end, lastEnd, broken]) => {
      const bytes = Buffer.from(all.join(end) + (lastEnd ? end : ''));
      if (broken !== null && bytes.length > 0) bytes[broken % bytes.length] = 0xff;
      return bytes;
    });
const absent = fc.constantFrom('missing' as const, 'forbidden' as const);
const anyFile = (kind: Line) =>
  fc.oneof(
    { weight: 5, arbitrary: fileOf(fc.array(lineOf(kind), { maxLength: 4 })) },
    { weight: 1, arbitrary: absent },
  );

const counter = fc.oneof(fc.nat(4), fc.constantFrom(-1, 0.5, 2 ** 53 - 1, 1e300, 2 ** 31));
/** A job manifest with these counters, others, or something in place of one of its members. */
const manifestOf = (imported: number) => {
  const clean = {
    ...documented.jobSummary,
    numberOfScannedFiles: imported,
    numberOfImportedFiles: imported,
    numberOfFilesWithCustomerError: 0,
  };
  const text = fc.constant(JSON.stringify({ jobSummary: clean }));
  const names = Object.keys(clean) as (keyof typeof clean)[];
  const recounted = fc
    .dictionary(fc.constantFrom(...names.filter((name) => name.startsWith('number'))), counter)
    .map((counters) => JSON.stringify({ jobSummary: { ...clean, ...counters } }));
  const replaced = fc.tuple(fc.constantFrom(...names), json).map(([name, value]) => {
    const { [name]: _, ...rest } = clean;
    return `{"jobSummary":{"${name}":${value},${JSON.stringify(rest).slice(1)}}`;
  });
  const without = fc.constantFrom(...names).map((name) => {
    const { [name]: _, ...rest } = clean;
    return JSON.stringify({ jobSummary: rest });
  });
  return fc
    .oneof(text, recounted, replaced, without, mutated(text), json, junk)
    .map((manifest): Uint8Array => Buffer.from(manifest));
};

/** Folders that are clean or almost, and folders of anything. */
const anyFolder: fc.Arbitrary<Folder> = fc.nat(3).chain((imported) => {
  const success = fc.constant(Array<string>(imported).fill(documentedLines.success[0]));
  return fc.record({
    job: fc.oneof({ weight: 9, arbitrary: manifestOf(imported) }, { weight: 1, arbitrary: absent }),
    success: fc.oneof(fileOf(success), anyFile('success')),
    failure: fc.oneof(fc.constant('missing' as const), anyFile('failure')),
    warning: fc.oneof(fc.constant('missing' as const), anyFile('warning')),
  });
});

const textOf = (file: Folder[ManifestFile]) => (typeof file === 'string' ? '' : Buffer.from(file).toString());
const linesIn = (file: Folder[ManifestFile]) =>
  textOf(file)
    .split('\n')
    .filter((line) => line.trim() !== '');

/** Whether counters and lines agree that all was imported and there is nothing to report; written without looking at the code. */
function isClean(folder: Folder): boolean {
  if (Object.values(folder).includes('forbidden')) return false;
  // A byte order mark is no part of the JSON; to trim takes it away.
  const { jobSummary } = JSON.parse(textOf(folder.job).trim());
  const counted = (name: string): unknown => jobSummary[`numberOf${name}`];
  const sets: { isPrimary?: unknown }[] = jobSummary.imageSetsSummary ?? [];
  const successes = linesIn(folder.success);
  return (
    successes.length > 0 &&
    counted('ScannedFiles') === successes.length &&
    counted('ImportedFiles') === successes.length &&
    counted('FilesWithCustomerError') === 0 &&
    counted('FilesWithServerError') === 0 &&
    Number(counted('GeneratedImageSets')) > 0 &&
    [undefined, completed.datastoreId].includes(jobSummary.datastoreId) &&
    linesIn(folder.failure).length + linesIn(folder.warning).length === 0 &&
    sets.every(({ isPrimary }) => isPrimary === undefined || isPrimary === true) &&
    successes.every((line) => {
      const { importResponse } = JSON.parse(line.trim());
      return (
        typeof importResponse.imageSetId === 'string' && [undefined, true].includes(importResponse.isPrimary)
      );
    })
  );
}

describe('whatever files hold', () => {
  test('there is a verdict, an event that keeps its contract, and no success where counters and lines disagree', async () => {
    let succeeded = 0;
    await fuzz(
      'folders of manifests',
      fc.asyncProperty(anyFolder, fc.integer({ min: 1, max: 300 }), async (folder, size) => {
        const reading = await readManifestFiles(opening(folder, size));
        const { detail } = reportOf(completed, reading, Date.parse('2026-01-02T03:06:00Z'));
        parseDicomImportEvent(JSON.parse(JSON.stringify(eventOf(detail))));
        if (detail.data.outcome !== 'SUCCEEDED') return;
        succeeded++;
        expect(isClean(folder)).toBe(true);
      }),
      300,
    );
    // Or nothing was tried.
    expect(succeeded).toBeGreaterThan(0);
  });

  test('it is the same in pieces of any size', async () => {
    await fuzz(
      'folders of manifests, in pieces',
      fc.asyncProperty(anyFolder, fc.integer({ min: 1, max: 50 }), async (folder, size) => {
        expect(await readManifestFiles(opening(folder, size))).toEqual(
          await readManifestFiles(opening(folder)),
        );
      }),
      100,
    );
  });

  test('a failure is reported as text, or not at all', async () => {
    await fuzz(
      'lines of failure.ndjson',
      fc.property(lineOf('failure'), (line) => {
        const { inputFile, exceptionType, message } = parseFailure(line) ?? {};
        for (const text of [inputFile, exceptionType, message]) {
          if (text !== undefined) expect(typeof text).toBe('string');
        }
      }),
      1000,
    );
  });
});

const eventOf = (detail: object) => ({
  version: '0',
  id: 'id',
  'detail-type': PUBLISHED.importFinished,
  source: PUBLISHED.source,
  account: '111122223333',
  time: '2026-01-02T03:06:00Z',
  region: 'us-east-1',
  resources: [],
  detail,
});

describe('files that are too large', () => {
  const none: Folder = {
    job: Buffer.from('{"jobSummary":{}}'),
    success: 'missing',
    failure: 'missing',
    warning: 'missing',
  };

  test('a long line is counted, skipped, and takes no other line away', async () => {
    const long = failureLine('a'.repeat(MAX_LINE_LENGTH));
    const failure = Buffer.from(`${failureLine('a')}\n${long}\n${failureLine('b')}\n${long}`);
    expect(await readManifestFiles(opening({ ...none, failure }))).toMatchObject({
      failure: { lines: 2, malformed: 2, reasons: [{ message: 'a' }, { message: 'b' }] },
    });
  });

  test('of a job manifest no more is read than its bound', async () => {
    let read = 0;
    const endless = (function* () {
      for (;;) yield Buffer.alloc(++read && 64 * 1024, ' ');
    })();
    const body = Readable.from(endless, { objectMode: false });
    const open: OpenManifest = async (file) => (file === 'job' ? body : 'missing');
    expect(await readManifestFiles(open)).toEqual({ kind: 'unavailable', reason: 'MANIFEST_CORRUPT' });
    expect(read * 64 * 1024).toBeLessThan(MAX_MANIFEST_BYTES * 1.1);
    expect(body.destroyed).toBe(true);
  });
});

describe('an error', () => {
  const broken = () => Readable.from([Buffer.from(`${successLine()}\n`), Buffer.from('{"half')]);

  test('of the stream is one of the store', async () => {
    const body = broken();
    body.destroy(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    await expect(linesOf(body).next()).rejects.toMatchObject({
      name: 'ManifestStoreUnavailable',
      message: 'GetObject: ECONNRESET',
    });
  });

  test('of who reads the lines is not', async () => {
    const read = async () => {
      for await (const _ of linesOf(broken())) throw new TypeError('ours');
    };
    await expect(read()).rejects.toThrow(TypeError);
  });
});
