import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_MANIFEST_BYTES, parseJobManifest } from '../../../../core/domain/verdict/job-manifest.ts';
import { TOO_LONG } from '../../../../core/domain/verdict/lines.ts';
import {
  type FileTally,
  OTHER_MESSAGES,
  OTHER_TYPES,
  parseFailure,
  type Tallier,
  tallyFailure,
  tallySuccess,
  tallyWarning,
} from '../../../../core/domain/verdict/manifest.ts';
import { maskMessage, maskType } from '../../../../core/domain/verdict/mask.ts';
import { documented, documentedLines } from '../../../../proof/fixtures/documented-manifests.ts';
import { tallied } from '../../../../proof/fixtures/tallied.ts';
import { failureLine, successLine, warningLine } from '../given.ts';

describe('job-output-manifest.json', () => {
  test('as documented', () => {
    expect(parseJobManifest(JSON.stringify(documented))).toEqual({
      jobId: '09876543210987654321098765432109',
      datastoreId: '12345678901234567890123456789012',
      inputS3Uri: 's3://medical-imaging-dicom-input/dicom_input/',
      numberOfScannedFiles: 5,
      numberOfImportedFiles: 3,
      numberOfFilesWithCustomerError: 2,
      numberOfFilesWithServerError: 0,
      numberOfGeneratedImageSets: 2,
      imageSetsSummary: [
        { imageSetId: '12345612345612345678907890789012', instances: 2 },
        { imageSetId: '12345612345612345678917891789012', instances: 1 },
      ],
    });
  });

  test('pretty-printed, with members nobody knows', () => {
    const text = JSON.stringify({ ...documented, more: 1 }, null, 2);
    expect(parseJobManifest(text)).toEqual(parseJobManifest(JSON.stringify(documented)));
  });

  test('with isPrimary', () => {
    const imageSetsSummary = [{ imageSetId: 'a', imageSetVersion: 1, isPrimary: false }];
    expect(parseJobManifest(JSON.stringify({ jobSummary: { imageSetsSummary } }))).toEqual({
      imageSetsSummary: [{ imageSetId: 'a', version: 1, isPrimary: false }],
    });
  });

  test.each(Object.keys(documented.jobSummary))('without %s', (name) => {
    const jobSummary = Object.fromEntries(
      Object.entries(documented.jobSummary).filter(([other]) => other !== name),
    );
    const whole = parseJobManifest(JSON.stringify(documented));
    const parsed = parseJobManifest(JSON.stringify({ jobSummary }));
    expect(parsed).toEqual({ ...whole, [name]: undefined });
    expect(parsed).not.toHaveProperty(name);
  });

  test.each([
    ['nothing', ''],
    ['not JSON', '<Error><Code>AccessDenied</Code></Error>'],
    ['cut off', JSON.stringify(documented).slice(0, -1)],
    ['null', 'null'],
    ['a list', '[]'],
    ['no jobSummary', '{}'],
    ['a jobSummary of null', '{"jobSummary":null}'],
    ['a counter as text', '{"jobSummary":{"numberOfScannedFiles":"5"}}'],
    ['a counter below zero', '{"jobSummary":{"numberOfImportedFiles":-1}}'],
    ['half a file', '{"jobSummary":{"numberOfImportedFiles":1.5}}'],
    ['a counter that is no number of files', '{"jobSummary":{"numberOfImportedFiles":9007199254740991}}'],
    ['nothing but brackets', '['.repeat(100_000)],
    ['nested without end', `{"jobSummary":${'['.repeat(100_000)}`],
  ])('%s is none', (_, text) => {
    expect(parseJobManifest(text)).toBeUndefined();
  });

  test.each<[member: string, value: unknown, left: object, discrepancies: string[]]>([
    ['jobId', 1, {}, ['jobId is not of the documented type']],
    ['datastoreId', null, {}, ['datastoreId is not of the documented type']],
    ...['inputS3Uri', 'outputS3Uri', 'successOutputS3Uri', 'failureOutputS3Uri', 'warningsOutputS3Uri'].map(
      (name): [string, unknown, object, string[]] => [
        name,
        ['s3://DOE'],
        {},
        [`${name} is not of the documented type`],
      ],
    ),
    ['numberOfGeneratedImageSets', '2', {}, ['numberOfGeneratedImageSets is not of the documented type']],
    ['numberOfGeneratedImageSets', -1, {}, ['numberOfGeneratedImageSets is not of the documented type']],
    ['imageSetsSummary', {}, {}, ['imageSetsSummary is not of the documented type']],
    [
      'imageSetsSummary',
      [null, { isPrimary: true }, { imageSetId: 'a' }],
      { imageSetsSummary: [{ imageSetId: 'a' }] },
      ['2 entries of imageSetsSummary cannot be read'],
    ],
    [
      'imageSetsSummary',
      [{ imageSetId: 'a', isPrimary: 'false', imageSetVersion: '1', numberOfMatchedSOPInstances: 0.5 }],
      { imageSetsSummary: [{ imageSetId: 'a' }] },
      ['isPrimary', 'imageSetVersion', 'numberOfMatchedSOPInstances'].map(
        (name) => `${name} of 1 entry of imageSetsSummary is not of the documented type`,
      ),
    ],
  ])('an optional %s of %j is a discrepancy, and the rest counts', (name, value, left, discrepancies) => {
    const { [name]: _, ...rest } = documented.jobSummary as Record<string, unknown>;
    const whole = parseJobManifest(JSON.stringify({ jobSummary: rest }));
    const text = JSON.stringify({ jobSummary: { ...rest, [name]: value } });
    expect(parseJobManifest(text)).toEqual({ ...whole, ...left, discrepancies });
  });
});

describe('a large job-output-manifest.json', () => {
  const sets = (count: number, set: string) =>
    `{"jobSummary":{"imageSetsSummary":[${Array(count).fill(set).join(',')}]}}`;
  const set = JSON.stringify({ imageSetId: '1'.repeat(32), imageSetVersion: 1, isPrimary: true, n: 1 });

  test('of ten times the files that a job may have is read', () => {
    expect(sets(50_000, set).length).toBeLessThan(MAX_MANIFEST_BYTES);
    expect(parseJobManifest(sets(50_000, set))?.imageSetsSummary).toHaveLength(50_000);
  });

  test.each([
    ['image sets', set, 60_000],
    ['empty objects', '{}', 1_000_000],
    ['empty lists', '[]', 1_000_000],
    ['numbers', '1', 1_000_000],
  ])('of too many %s is none', (_, value, count) => {
    expect(parseJobManifest(sets(count, value))).toBeUndefined();
  });
});

/** Image sets as talliers keep them. */
const setsOf = (...sets: [imageSetId: string, isPrimary: boolean, version?: number][]) =>
  new Map(
    sets.map(([imageSetId, isPrimary, version]) => [
      imageSetId,
      { imageSetId, isPrimary, ...(version !== undefined && { version }) },
    ]),
  );

/** Lines that are wrong in every file. */
const wrongLines = [
  '\0',
  '\0\0{}',
  '[[]]',
  '{"exception":[],"importResponse":[]}',
  '{"__proto__":{"exception":{},"importResponse":{"imageSetId":"a","warnings":[]}}}',
  '['.repeat(100_000),
  `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
  '{"inputFile":"in/1.dcm","importRes',
  'null',
  '1',
  '"text"',
  '[]',
  '{}',
  '{"importResponse":null,"exception":null}',
  '{"importResponse":"a","exception":"b"}',
];

describe.each<[string, () => Tallier<FileTally>, string]>([
  ['success.ndjson', tallySuccess, successLine()],
  ['failure.ndjson', tallyFailure, failureLine()],
  ['warning.ndjson', tallyWarning, warningLine(45056)],
])('%s', (_, tallier, line) => {
  test('without lines', () => {
    expect(tallied(tallier(), [])).toMatchObject({ lines: 0, malformed: 0 });
  });

  test('with empty lines, which do not count', () => {
    expect(tallied(tallier(), ['', line, '  ', '\r', line])).toMatchObject({ lines: 2, malformed: 0 });
  });

  test('with its last line cut off', () => {
    expect(tallied(tallier(), [line, line.slice(0, -1)])).toMatchObject({ lines: 1, malformed: 1 });
  });

  test.each(wrongLines.map((line) => [line.slice(0, 60), line]))('with the line %s', (_, wrong) => {
    expect(tallied(tallier(), [line, wrong, line])).toMatchObject({ lines: 2, malformed: 1 });
  });
});

describe('success.ndjson', () => {
  test('as documented', () => {
    expect(tallied(tallySuccess(), documentedLines.success)).toEqual({
      lines: 1,
      malformed: 0,
      imageSets: setsOf(['12345612345612345678907890789012', true]),
    });
  });

  test('tells every image set that is not primary once', () => {
    const lines = [
      successLine('a', false),
      successLine('b'),
      successLine('a', false),
      successLine('c', false),
    ];
    expect(tallied(tallySuccess(), lines)).toEqual({
      lines: 4,
      malformed: 0,
      imageSets: setsOf(['a', false], ['b', true], ['c', false]),
    });
  });

  test('a line without an image set is malformed', () => {
    expect(tallied(tallySuccess(), ['{"inputFile":"a","importResponse":{"isPrimary":false}}'])).toEqual({
      lines: 0,
      malformed: 1,
      imageSets: new Map(),
    });
  });
});

describe('failure.ndjson', () => {
  test('as documented', () => {
    expect(tallied(tallyFailure(), documentedLines.failure)).toEqual({
      lines: 2,
      malformed: 0,
      reasons: [
        {
          exceptionType: 'ValidationException',
          message: 'DICOM attribute TransferSyntaxUID does not exist',
          count: 1,
          sampleFiles: ['dicom_input/invalidDicomFile1.dcm'],
        },
        {
          exceptionType: 'ValidationException',
          message: 'DICOM attributes does not exist',
          count: 1,
          sampleFiles: ['dicom_input/invalidDicomFile2.dcm'],
        },
      ],
    });
  });

  test('groups reasons that differ in masked values only, the most frequent first', () => {
    const lines = [
      failureLine('Something else'),
      failureLine("Value '1.2.840.1' is too long"),
      failureLine('Too many', 'ThrottlingException'),
      failureLine("Value '1.2.840.2' is too long"),
      failureLine("Value 'DOE^JANE' is too long"),
      failureLine('Too many', 'ThrottlingException'),
    ];
    expect(tallied(tallyFailure(), lines)).toMatchObject({
      lines: 6,
      reasons: [
        { exceptionType: 'ValidationException', message: 'Value # is too long', count: 3 },
        { exceptionType: 'ThrottlingException', message: 'Too many', count: 2 },
        { exceptionType: 'ValidationException', message: 'Something else', count: 1 },
      ],
    });
  });

  test.each([
    ['no members', '{}', 'Unknown', ''],
    ['null members', '{"exceptionType":null,"message":null}', 'Unknown', '', ['exceptionType', 'message']],
    ['a number as message', '{"exceptionType":"X","message":12345}', 'X', '', ['message']],
    ['a type with a path', '{"exceptionType":"in/DOE","message":"no"}', '#', 'no'],
  ])('an exception with %s counts', (_, exception, exceptionType, message, odd: string[] = []) => {
    expect(tallied(tallyFailure(), [`{"exception":${exception}}`])).toEqual({
      lines: 1,
      malformed: 0,
      ...(odd.length > 0 && { odd: Object.fromEntries(odd.map((name) => [name, 1])) }),
      reasons: [{ exceptionType, message, count: 1, sampleFiles: [] }],
    });
  });

  /** What has no text, or another one than it seems. */
  const notText = [
    '{"toString":null}',
    '{"toString":1,"valueOf":null}',
    '{"__proto__":null}',
    '[]',
    '[[1]]',
    '{}',
  ];
  test.each(notText)('an exception of %s counts, as one of which nothing is known', (value) => {
    const line = `{"inputFile":${value},"exception":{"exceptionType":${value},"message":${value}}}`;
    expect(tallied(tallyFailure(), [line, line])).toEqual({
      lines: 2,
      malformed: 0,
      odd: { inputFile: 2, exceptionType: 2, message: 2 },
      reasons: [{ exceptionType: 'Unknown', message: '', count: 2, sampleFiles: [] }],
    });
    expect(parseFailure(line)).toEqual({ inputFile: undefined, exceptionType: 'Unknown', message: '' });
  });

  test('is read as it stands, line by line', () => {
    expect(parseFailure(failureLine('DOE^JANE'))).toEqual({
      inputFile: 'in/2.dcm',
      exceptionType: 'ValidationException',
      message: 'DOE^JANE',
    });
    for (const wrong of wrongLines) expect(parseFailure(wrong)).toBeUndefined();
  });

  test('keeps no file whose name S3 could not have', () => {
    const lines = ['a'.repeat(1025), 'b'.repeat(1024), 'c'].map((inputFile) =>
      JSON.stringify({ inputFile, exception: { message: 'no' } }),
    );
    expect(tallied(tallyFailure(), lines).reasons).toMatchObject([
      { count: 3, sampleFiles: ['b'.repeat(1024), 'c'] },
    ]);
  });

  test('tells what a type and a message begin with apart', () => {
    const lines = [failureLine('b c', 'a'), failureLine('c', 'a b')];
    expect(tallied(tallyFailure(), lines).reasons).toHaveLength(2);
  });

  test('tells types apart that say the same', () => {
    const lines = ['X', 'Y', 'X', 'Z', 'X'].map((type) => failureLine('no', type));
    expect(tallied(tallyFailure(), lines).reasons).toMatchObject([
      { exceptionType: 'X', message: 'no', count: 3 },
      { exceptionType: 'Y', message: 'no', count: 1 },
      { exceptionType: 'Z', message: 'no', count: 1 },
    ]);
  });

  test('keeps three files of each reason', () => {
    const lines = ['a', 'b', 'c', 'd'].map((inputFile) =>
      JSON.stringify({ inputFile, exception: { exceptionType: 'X', message: 'no' } }),
    );
    expect(tallied(tallyFailure(), lines)).toMatchObject({
      reasons: [{ count: 4, sampleFiles: ['a', 'b', 'c'] }],
    });
  });

  test('keeps 1,000 of many distinct messages and counts the rest together', () => {
    const lines = Array.from({ length: 6000 }, (_, index) => failureLine(`reason ${word(index)}`));
    const { reasons, lines: count } = tallied(tallyFailure(), [...lines, failureLine('reason a')]);
    expect(count).toBe(6001);
    expect(reasons).toHaveLength(1001);
    expect(reasons.slice(0, 2)).toMatchObject([
      { exceptionType: 'ValidationException', message: OTHER_MESSAGES, count: 5000 },
      { exceptionType: 'ValidationException', message: 'reason a', count: 2 },
    ]);
    expect(reasons.reduce((sum, reason) => sum + reason.count, 0)).toBe(6001);
  });
});

test('failure.ndjson: what is remembered of messages changes nothing', () => {
  const uid = fc.nat().map((n) => `1.2.${n}`);
  const said = fc.oneof(
    fc.tuple(fc.nat(30), uid).map(([i, n]) => `${word(i)} ${n} is there twice`),
    fc.tuple(uid, uid).map(([one, other]) => `${one} and ${other} differ`),
    fc.tuple(uid, uid).map(([one, other]) => `${one} '${other}' differ`),
    fc.constantFrom('no', 'value DOE is there twice', '患者 1.2.3 is there twice', "doesn't exist 7"),
    fc.nat(400).map((n) => `${'a '.repeat(n)}7 ${'b '.repeat(n)}8`),
  );
  const failures = fc.array(fc.tuple(said, fc.constantFrom('X', 'X', 'Y', 'A B')), { maxLength: 200 });
  fc.assert(
    fc.property(failures, (list) => {
      const tallier = tallyFailure();
      const plain = new Map<
        string,
        { exceptionType: string; message: string; count: number; sampleFiles: string[] }
      >();
      for (const [i, [message, exceptionType]] of list.entries()) {
        tallier.add(JSON.stringify({ inputFile: `${i}`, exception: { exceptionType, message } }));
        const reason = { exceptionType: maskType(exceptionType), message: maskMessage(message) };
        const key = JSON.stringify(reason);
        const known = plain.get(key) ?? { ...reason, count: 0, sampleFiles: [] };
        known.count++;
        if (known.sampleFiles.length < 3) known.sampleFiles.push(`${i}`);
        plain.set(key, known);
      }
      expect(tallier.result().reasons).toEqual([...plain.values()].sort((a, b) => b.count - a.count));
    }),
    { numRuns: 200, seed: 26 },
  );
});

/** A word of letters that tells a number. */
const word = (index: number) => String(index).replace(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)));

test('failure.ndjson: of many distinct types those of 100 are counted apart, the rest together', () => {
  const lines = Array.from({ length: 5000 }, (_, i) => failureLine(`reason ${word(i)}`, `Type${word(i)}`));
  const { reasons, lines: count } = tallied(tallyFailure(), [...lines, failureLine('reason a', 'Typea')]);
  expect(count).toBe(5001);
  expect(reasons).toHaveLength(1101);
  expect(reasons.slice(0, 2)).toMatchObject([
    { exceptionType: OTHER_TYPES, message: OTHER_MESSAGES, count: 3900 },
    { exceptionType: 'Typea', message: 'reason a', count: 2 },
  ]);
  expect(reasons.reduce((sum, reason) => sum + reason.count, 0)).toBe(5001);
});

describe('many image sets that are not primary', () => {
  test.each([
    ['success.ndjson', tallySuccess, (id: string) => successLine(id, false)],
    ['warning.ndjson', tallyWarning, (id: string) => warningLine(45056, id, false)],
  ])('in %s are kept up to 20,000, and it is reported that there are more', (_, tallier, lineOf) => {
    const lines = Array.from({ length: 20_000 }, (_, i) => lineOf(`set${i}`));
    const known = lineOf('set0');
    expect(tallied(tallier(), [...lines, known]).moreNonPrimary).toBeUndefined();
    const tally = tallied(tallier(), [...lines, known, lineOf('another')]);
    expect(tally).toMatchObject({ lines: 20_002, malformed: 0, moreNonPrimary: true });
    expect(tally.imageSets.size).toBe(20_000);
  });

  test('have ids, or their line is malformed', () => {
    const lines = [successLine('a'.repeat(64), false), successLine('a'.repeat(65), false)];
    expect(tallied(tallySuccess(), lines)).toMatchObject({ lines: 1, malformed: 1 });
  });
});

describe('warning.ndjson', () => {
  test('keeps 1,000 codes that are not documented, and all that are', () => {
    const codes = [...Array.from({ length: 3000 }, (_, i) => i), 45330, 45330];
    const { codes: counts } = tallied(
      tallyWarning(),
      codes.map((code) => warningLine(code)),
    );
    expect(counts).toHaveLength(1002);
    expect(counts.slice(0, 2)).toMatchObject([
      { code: -1, name: 'UNKNOWN', count: 2000 },
      { code: 45330, clinicallyImportant: true, count: 2 },
    ]);
  });

  test('as documented', () => {
    expect(tallied(tallyWarning(), documentedLines.warning)).toEqual({
      lines: 1,
      malformed: 0,
      imageSets: setsOf(['12345612345612345678907890789012', true, 1]),
      codes: [
        {
          code: 45330,
          name: 'INVALID_OFFSET_TABLE',
          nameIsCertain: true,
          clinicallyImportant: true,
          count: 1,
        },
      ],
    });
  });

  test('counts codes, not files, the most frequent first', () => {
    const many = JSON.stringify({
      importResponse: {
        imageSetId: 'a',
        isPrimary: false,
        warnings: [
          { warning_reason_code: 45056 },
          { warning_reason_code: 47513 },
          { warning_reason_code: 47513 },
        ],
      },
    });
    expect(tallied(tallyWarning(), [many, warningLine(47513, 'b', false), warningLine(99)])).toMatchObject({
      lines: 3,
      malformed: 0,
      imageSets: setsOf(['a', false], ['b', false], ['set1', true]),
      codes: [
        { code: 47513, name: 'OTHER', count: 3 },
        { code: 45056, name: 'COERCION_OF_DATA_ELEMENTS', count: 1 },
        { code: 99, name: 'UNKNOWN', count: 1 },
      ],
    });
  });

  test.each([
    '{}',
    'null',
    '"text"',
    '[45330]',
    '{"warning_reason_code":"many"}',
    '{"warning_reason_code":1.5}',
    '{"warning_reason_code":1e300}',
    '{"warning_reason_code":""}',
    '{"warning_reason_code":"x45330"}',
    '{"warning_reason_code":"45330x"}',
    '{"warning_reason_code":"0xDOE"}',
    '{"warning_reason_code":[45330]}',
    '{"warning_reason_code":{"valueOf":null,"toString":null}}',
  ])('a warning without a number, %s, still counts', (warning) => {
    const line = `{"importResponse":{"imageSetId":"a","warnings":[${warning}]}}`;
    expect(tallied(tallyWarning(), [line])).toMatchObject({
      lines: 1,
      codes: [{ code: -1, name: 'UNKNOWN', count: 1 }],
    });
  });

  test.each(['45330', '0xB112', '0xb112'])('a code may be text: %s', (code) => {
    const line = `{"importResponse":{"warnings":[{"warning_reason_code":"${code}"}]}}`;
    expect(tallied(tallyWarning(), [line]).codes).toMatchObject([{ code: 45330, count: 1 }]);
  });

  test('a line without the id of an image set names none', () => {
    const line = '{"importResponse":{"isPrimary":false,"warnings":[]}}';
    expect(tallied(tallyWarning(), [line])).toMatchObject({ lines: 1, imageSets: new Map() });
  });

  test('a line without a list of warnings is malformed', () => {
    expect(tallied(tallyWarning(), [successLine('a', false)])).toMatchObject({
      lines: 0,
      malformed: 1,
      imageSets: new Map(),
    });
  });
});

describe('any file of lines', () => {
  test('may begin with a byte order mark, also in its middle where files were put together', () => {
    const line = successLine();
    expect(tallied(tallySuccess(), [`\uFEFF${line}`, line, `\uFEFF${line}`])).toMatchObject({
      lines: 3,
      malformed: 0,
    });
  });

  test('counts a line that is too long as one that cannot be read', () => {
    expect(tallied(tallySuccess(), [TOO_LONG])).toMatchObject({ lines: 0, malformed: 1 });
  });

  test.each<[string, () => Tallier<FileTally>, string]>([
    ['success.ndjson', tallySuccess, successLine()],
    ['warning.ndjson', tallyWarning, warningLine(45056)],
  ])('counts what is not of the documented type in %s', (_, tallier, line) => {
    const { importResponse, ...rest } = JSON.parse(line);
    const odd = { ...rest, inputFile: 1, importResponse: { ...importResponse, imageSetVersion: 'x' } };
    expect(tallied(tallier(), [line, JSON.stringify(odd)])).toMatchObject({
      lines: 2,
      odd: { inputFile: 1, imageSetVersion: 1 },
    });
  });
});
