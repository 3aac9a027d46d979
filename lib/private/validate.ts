import { type Duration, Token } from 'aws-cdk-lib';
import { CADENCES } from '../../core/contract/audiences.ts';
import { DATASTORE_ID, type TextRule } from '../../core/contract/patterns.ts';

/** Throws unless `valid`. Messages say what was wrong, what was got and what is allowed. */
export function check(valid: boolean, message: string): void {
  if (!valid) {
    throw new Error(message);
  }
}

/** Checks a text against a pattern, passing over one that is known only at deployment. */
export function checkText(name: string, value: string, { pattern, allowed }: TextRule): void {
  check(Token.isUnresolved(value) || pattern.test(value), `'${name}' must be ${allowed}, got '${value}'`);
}

/**
 * Checks each text against a pattern, passing over values that are known only at deployment.
 * @param entries - what must be there once each, where the texts are a part of it.
 */
export function checkEach(
  name: string,
  values: readonly string[],
  { pattern, allowed }: TextRule,
  entries: readonly string[] = values,
): void {
  checkList(name, values);
  for (const value of values) {
    check(
      Token.isUnresolved(value) || pattern.test(value),
      `each of '${name}' must be ${allowed}, got '${value}'`,
    );
  }
  const known = entries.filter((value) => !Token.isUnresolved(value));
  const twice = known.find((value, index) => known.indexOf(value) !== index);
  check(twice === undefined, `each of '${name}' must be there once, got '${twice}' twice`);
}

/** Checks that the length of a list is known now: resources, permissions and rules are made of each entry. */
function checkList(name: string, values: readonly string[]): void {
  check(
    !Token.isUnresolved(values),
    `'${name}' must be a list whose length is known at synthesis, got a token: name each entry, which may be a token`,
  );
}

/** Checks that a name is known now: the id of a construct is made of it. */
export function checkName(name: string, value: string, rule: TextRule): void {
  check(
    !Token.isUnresolved(value),
    `'${name}' must be known at synthesis, got a token: pass the resource instead`,
  );
  checkText(name, value, rule);
}

/** Checks that a value is known now: the history budget cannot be proven with one that is known only at deployment. */
export function checkKnown(name: string, value: Duration | number): void {
  check(
    !(typeof value === 'number' ? Token.isUnresolved(value) : value.isUnresolved()),
    `'${name}' must be known at synthesis, got a token`,
  );
}

/** Checks that a duration is known and lies within bounds, in seconds. */
export function checkSeconds(name: string, value: Duration, least: number, most: number): void {
  checkKnown(name, value);
  const seconds = value.toSeconds({ integral: false });
  check(
    Number.isInteger(seconds) && seconds >= least && seconds <= most,
    `'${name}' must be a whole number of seconds from ${least} to ${most}, got ${seconds}`,
  );
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id-key-ARN */
export const KEY_ARN: TextRule = {
  pattern: /^arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/,
  allowed: 'the ARN of a KMS key',
};

/** Checks how often somebody wants to be notified. */
export function checkCadence(name: string, value: string): void {
  checkText(name, value, {
    pattern: new RegExp(`^(${CADENCES.join('|')})$`),
    allowed: `one of ${CADENCES.join(', ')}`,
  });
}

/** Checks the ids of data stores, where some are named. */
export function checkDatastoreIds(datastoreIds: readonly string[] | undefined): void {
  check(
    datastoreIds?.length !== 0,
    "'datastoreIds' must name at least one data store or be left out, got none",
  );
  checkEach('datastoreIds', datastoreIds ?? [], DATASTORE_ID);
}
