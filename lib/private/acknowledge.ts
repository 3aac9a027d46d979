import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { ManagedRole } from './managed-role.ts';

/**
 * Says of one resource why a finding of cdk-nag is none. docs/security.md lists them all, held to the code by a test.
 * @param of - a construct with one resource.
 * @param rules - with their pack, such as `AwsSolutions-SQS3`.
 */
export function acknowledge(of: IConstruct, reason: string, ...rules: string[]): void {
  Validations.of(of.node.defaultChild ?? of).acknowledge(...rules.map((id) => ({ id, reason })));
}

/** The same for a wildcard in a role's permissions. @param resource - an ARN with `*`. */
export function acknowledgeWildcard(of: IConstruct, resource: string, reason: string): void {
  const rule = `AwsSolutions-IAM5[Resource::${flat(Stack.of(of).resolve(resource))}]`;
  if (of instanceof ManagedRole) of.onEachPolicy((policy) => acknowledge(policy, reason, rule));
  else acknowledge(of, reason, rule);
}

/** An ARN with its intrinsic functions as cdk-nag writes them in the id of a finding. */
export function flat(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, argument] = []] = Object.entries(value);
  if (name === 'Fn::Join') return (argument[1] as unknown[]).map(flat).join(argument[0]);
  if (name === 'Ref') return `<${argument}>`;
  if (name === 'Fn::GetAtt') return `<${argument.join('.')}>`;
  return JSON.stringify(value);
}
