import { createHash } from 'node:crypto';
import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Ids that say nothing. */
const SILENT = ['Default', 'Resource'];
/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html */
const MAX_RULE_NAME = 64;
/** Leaves room for what a rule is for. */
const MAX_RULE_PREFIX = 40;

/**
 * A name that no other construct of the account and region has: the readable part of the ids, and a hash of all of them with
 * the name of the stack. The readable part alone is the same for `my-app` and `myapp`.
 */
export function uniqueName(scope: IConstruct, maxLength: number): string {
  const { scopes } = scope.node;
  const stack = scopes.map((each) => Stack.isStack(each) && !each.nested).lastIndexOf(true);
  const ids = scopes
    .slice(Math.max(stack, 0))
    .map((each) =>
      Stack.isStack(each) && !Token.isUnresolved(each.stackName) ? each.stackName : each.node.id,
    );
  return shortened(ids, maxLength, '');
}

/** What the id of a construct can be made of another construct, of whatever stack of the app. */
export function idOf(construct: IConstruct): string {
  return shortened(
    construct.node.scopes.map(({ node }) => node.id),
    100,
    '',
  );
}

/** What the names of all rules of a watcher begin with. */
export function rulePrefix(watcher: IConstruct): string {
  return `${uniqueName(watcher, MAX_RULE_PREFIX)}-`;
}

/** The name of a rule. @param ids - of the rule within its watcher. */
export function ruleName(prefix: string, ids: readonly string[]): string {
  const room = MAX_RULE_NAME - prefix.length;
  const [id = ''] = ids;
  const isName = ids.length === 1 && id.length <= room && /^[\w-]+$/.test(id);
  return prefix + (isName ? id : shortened(ids, room, '-'));
}

/** As much of the ids as there is room for, and a hash that tells them from all others. */
function shortened(ids: readonly string[], maxLength: number, separator: string): string {
  const hash = createHash('sha256').update(JSON.stringify(ids)).digest('hex').slice(0, 8).toUpperCase();
  const readable = ids
    .filter((id) => !SILENT.includes(id))
    .map((id) => id.replace(/[^A-Za-z0-9]/g, ''))
    .join('');
  return `${readable.slice(0, maxLength - hash.length - separator.length)}${separator}${hash}`;
}
