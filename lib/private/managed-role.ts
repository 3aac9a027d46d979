import {
  type AddToPrincipalPolicyResult,
  ManagedPolicy,
  type PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/**
 * A role whose permissions are one customer managed policy of its own: nothing inline, which compliance packs refuse, and
 * none of AWS's policies, which allow more than is needed.
 */
export class ManagedRole extends Role {
  private readonly policy: ManagedPolicy;

  constructor(scope: Construct, id: string, service: string) {
    super(scope, id, { assumedBy: new ServicePrincipal(service) });
    this.policy = new ManagedPolicy(this, 'Policy', { roles: [this] });
  }

  override addToPrincipalPolicy(statement: PolicyStatement): AddToPrincipalPolicyResult {
    this.policy.addStatements(statement);
    return { statementAdded: true, policyDependable: this.policy };
  }
}
