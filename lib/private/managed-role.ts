import { Stack } from 'aws-cdk-lib';
import {
  type AddToPrincipalPolicyResult,
  ManagedPolicy,
  PolicyDocument,
  type PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { sizeOf } from './size.ts';

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, without what surrounds the statements. */
const MAX_POLICY = 6144 - 64;
const MAX_POLICIES = 10;
/** More than an ARN of a resource has whose name CloudFormation makes. */
const UNKNOWN = 200;

/**
 * A service on behalf of this account only. Not every service says for what it assumes a role: then the account is held where it
 * is said.
 */
export function trusted(scope: Construct, service: string, ...sources: string[]): ServicePrincipal {
  const account = { 'aws:SourceAccount': Stack.of(scope).account };
  const conditions =
    sources.length > 0
      ? { StringEquals: account, ArnLike: { 'aws:SourceArn': sources } }
      : { StringEqualsIfExists: account };
  return new ServicePrincipal(service, { conditions });
}

/** A role has no room for what was added. */
export class RoleIsFullError extends Error {
  override readonly name = 'RoleIsFull';
}

/**
 * A role whose permissions are customer managed policies of its own: nothing inline, which compliance packs refuse, and
 * none of AWS's policies, which allow more than is needed. As many as the statements need.
 */
export class ManagedRole extends Role {
  private readonly policies: { readonly policy: ManagedPolicy; room: number }[] = [];
  private readonly forEach: ((policy: ManagedPolicy) => void)[] = [];

  /** @param sources - ARNs of what the service assumes it for, where the service says that. */
  constructor(scope: Construct, id: string, service: string, ...sources: string[]) {
    super(scope, id, { assumedBy: trusted(scope, service, ...sources) });
    this.addPolicy();
  }

  /** @throws RoleIsFullError where no policy that a role can have has room for it. */
  override addToPrincipalPolicy(statement: PolicyStatement): AddToPrincipalPolicyResult {
    let policyDependable: ManagedPolicy | undefined;
    for (const part of this.partsOf(statement)) policyDependable = this.place(part);
    return { statementAdded: true, policyDependable };
  }

  /** Does something to each policy, also to those that are added later. */
  onEachPolicy(work: (policy: ManagedPolicy) => void): void {
    for (const { policy } of this.policies) work(policy);
    this.forEach.push(work);
  }

  /** A statement on many resources is several. */
  private partsOf(statement: PolicyStatement): PolicyStatement[] {
    if (this.sizeOf(statement) <= MAX_POLICY) return [statement];
    const { resources } = statement;
    const half = Math.ceil(resources.length / 2);
    return [resources.slice(0, half), resources.slice(half)].flatMap((part) =>
      this.partsOf(statement.copy({ resources: part })),
    );
  }

  /** The first policy with room has it: its logical id stays when others come and go. */
  private place(statement: PolicyStatement): ManagedPolicy {
    const size = this.sizeOf(statement);
    const to = this.policies.find(({ room }) => room >= size) ?? this.addPolicy();
    to.policy.addStatements(statement);
    to.room -= size;
    return to.policy;
  }

  private addPolicy() {
    const count = this.policies.length + 1;
    if (count > MAX_POLICIES) {
      throw new RoleIsFullError(
        `'${this.node.path}' needs more than the ${MAX_POLICIES} policies that a role can have`,
      );
    }
    const policy = new ManagedPolicy(this, count === 1 ? 'Policy' : `Policy${count}`, {
      roles: [this],
      // What two statements allow by the same conditions is one statement.
      document: new PolicyDocument({ minimize: true }),
    });
    const added = { policy, room: MAX_POLICY };
    this.policies.push(added);
    for (const work of this.forEach) work(policy);
    return added;
  }

  private sizeOf(statement: PolicyStatement): number {
    return sizeOf(this, statement.toStatementJson(), UNKNOWN) + 1;
  }
}
