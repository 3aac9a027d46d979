import { Annotations, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { flat } from './acknowledge.ts';

/**
 * Lets rules of this account send to a queue or a topic. CDK's targets would let those of any account, or name the rules by
 * references.
 */
export function rulesMay(
  scope: IConstruct,
  action: string,
  resource: string,
  rules: readonly string[],
): PolicyStatement {
  return new PolicyStatement({
    principals: [new ServicePrincipal('events.amazonaws.com')],
    actions: [action],
    resources: [resource],
    conditions: {
      StringEquals: { 'aws:SourceAccount': Stack.of(scope).account },
      ArnLike: { 'aws:SourceArn': rules },
    },
  });
}

/** Warns of a statement that only the owner of a policy can add. @param of - whose policy. */
export function askOwner(scope: IConstruct, id: string, of: string, statement: PolicyStatement): void {
  const text = JSON.stringify(readable(Stack.of(scope).resolve(statement.toStatementJson())));
  Annotations.of(scope).addWarningV2(
    `dicom-import-watcher:${id}`,
    `${of} is not in this app, so that nothing is delivered until its owner adds: ${text}; where a key encrypts it, pass it with that key ('keyArn')`,
  );
}

/** What is known only at deployment as `<AWS::Region>`. */
function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  const [[name = ''] = []] = Object.entries(value);
  if (name === 'Ref' || name.startsWith('Fn::')) return flat(value);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, readable(each)]));
}
