import { expect, test } from 'vitest';
import { problemsOf } from '../../../cli/start/problems.ts';
import { survey } from '../../../cli/start/survey.ts';

const input = { bucket: 'in-bucket', key: 'in/' };
const output = { bucket: 'out-bucket', key: 'out/' };

/** So many files below the input, with the marker of its folder. */
async function* objects(files: number, more: readonly string[] = []) {
  for (const key of [input.key, ...more]) yield { key, bytes: 0 };
  for (let i = 0; i < files; i++) yield { key: `in/${i}`, bytes: 1 };
}

test('exactly as many files as a job may have are no problem', async () => {
  const found = await survey(objects(5_000), input.key);
  expect(found).toMatchObject({ files: 5_000, truncated: false });
  expect(problemsOf(input, output, found)).toEqual([]);
});

test('nor are they beside metadata files, which do not count', async () => {
  const found = await survey(objects(5_000, ['in/meta.json']), input.key, ['in/meta.json']);
  expect(found).toMatchObject({ files: 5_000, missing: [], truncated: false });
  expect(problemsOf(input, output, found)).toEqual([]);
});

test('one more is too many', async () => {
  const found = await survey(objects(5_001), input.key);
  expect(found.truncated).toBe(true);
  expect(problemsOf(input, output, found)).toEqual([
    expect.stringContaining('There are more than 5,000 files, which is the quota of a job (L-685AAB3A).'),
  ]);
});

test('an output is inside the input, with or without a last slash', () => {
  const isInside = (key: string, from = input.key) =>
    problemsOf({ ...input, key: from }, { ...input, key }, undefined).some((each) => each.includes('inside'));
  expect(['in', 'in/', 'in/out', 'in/out/'].map((key) => isInside(key))).toEqual(Array(4).fill(true));
  expect(['', 'out', 'input', 'in-2/'].map((key) => isInside(key))).toEqual(Array(4).fill(false));
  // Without its slash the prefix takes in all that begins like it.
  expect(['in', 'input'].map((key) => isInside(key, 'in'))).toEqual([true, true]);
});
