import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The longest that AWS has for what each pseudo parameter stands for. */
const PSEUDO_PARAMETERS: Readonly<Record<string, number>> = {
  'AWS::AccountId': '111122223333'.length,
  'AWS::Partition': 'aws-us-gov'.length,
  'AWS::Region': 'ap-southeast-2'.length,
  'AWS::URLSuffix': 'amazonaws.com.cn'.length,
};

/**
 * How many characters something has as JSON without spaces once all of it is known.
 * @param unknown - how long what is known only at deployment may be.
 */
export function sizeOf(scope: IConstruct, value: unknown, unknown: number): number {
  return lengthOf(Stack.of(scope).resolve(value), unknown);
}

/** What is part of a text and no ARN by itself is the name of something. */
const NAME = 80;
const isName = (part: unknown) => !('Fn::GetAtt' in Object(part));

function lengthOf(value: unknown, unknown: number): number {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value).length;
  // What is between the members, and around them.
  const commas = (count: number) => Math.max(0, count - 1) + 2;
  if (Array.isArray(value)) {
    return value.reduce<number>((sum, each) => sum + lengthOf(each, unknown), commas(value.length));
  }
  const entries = Object.entries(value);
  const [[name = '', argument] = []] = entries;
  if (name === 'Fn::Join') {
    const parts = argument[1] as unknown[];
    const lengths = parts.map((part) => lengthOf(part, isName(part) ? Math.min(unknown, NAME) : unknown) - 2);
    return lengths.reduce((sum, length) => sum + length, 2 + argument[0].length * parts.length);
  }
  if (name === 'Ref' || name.startsWith('Fn::')) return (PSEUDO_PARAMETERS[argument] ?? unknown) + 2;
  return entries.reduce(
    (sum, [key, each]) => sum + JSON.stringify(key).length + 1 + lengthOf(each, unknown),
    commas(entries.length),
  );
}
