import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';

/** A resource of a stack. */
export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
}

/** All resources of a stack. */
export async function listResources(
  client: CloudFormationClient,
  StackName: string,
): Promise<StackResource[]> {
  const { paginateListStackResources } = await import('@aws-sdk/client-cloudformation');
  const resources: StackResource[] = [];
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName })) {
    resources.push(
      ...StackResourceSummaries.map(({ LogicalResourceId, ResourceType, PhysicalResourceId }) => ({
        logicalId: LogicalResourceId ?? '',
        type: ResourceType ?? '',
        physicalId: PhysicalResourceId ?? '',
      })),
    );
  }
  return resources;
}
