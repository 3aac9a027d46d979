import { Stack, Stage, Token, TokenComparison } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { check } from './validate.ts';

/** A resource that was passed in. */
export interface PassedIn extends IConstruct {
  readonly env: { readonly account: string; readonly region: string };
}

/** How to say which resource is meant. */
export interface Named {
  /** The prop or the parameter. */
  readonly name: string;
  /** Its ARN. */
  readonly arn: string;
}

/**
 * Checks that a watcher can refer to a resource, and that it is in the region.
 * @param instead - what to do where it is elsewhere.
 * @throws Error where it is in another region, or in another Stage by a reference.
 */
export function checkRegion(
  scope: IConstruct,
  resource: PassedIn,
  { name, arn }: Named,
  instead: string,
): void {
  const { path } = resource.node;
  const { region } = Stack.of(scope);
  check(
    !differ(resource.env.region, region),
    `'${name}' must be in the region of the watcher (${region}), got '${path}' in ${resource.env.region}: ${instead}`,
  );
  check(
    Stage.of(resource) === Stage.of(scope) || !Token.isUnresolved(arn),
    `'${name}' must not be of another Stage, got '${path}': give it a name and pass it by its ARN`,
  );
}

/** The same, where another account cannot be either. */
export function checkHere(scope: IConstruct, resource: PassedIn, named: Named, instead: string): void {
  checkRegion(scope, resource, named, instead);
  check(
    !isElsewhere(scope, resource),
    `'${named.name}' must be in the account of the watcher (${Stack.of(scope).account}), got '${resource.node.path}' in ${resource.env.account}: ${instead}`,
  );
}

/** Whether a resource is known to be in another account. */
export function isElsewhere(scope: IConstruct, resource: PassedIn): boolean {
  return differ(resource.env.account, Stack.of(scope).account);
}

function differ(one: string, other: string): boolean {
  return Token.compareStrings(one, other) === TokenComparison.DIFFERENT;
}
