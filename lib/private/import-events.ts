import { Duration } from 'aws-cdk-lib';
import { ENV, HEALTH_IMAGING_EVENTS } from '../../core/contract/names.ts';
import { splitPattern } from './filters.ts';
import type { PartsWithWorkflow } from './parts.ts';

/** Starts the watch of an import job, and wakes it when the job ends: on HealthImaging's own events. */
export function addImportEvents({
  scope,
  settings: { datastoreIds },
  stateMachine,
  watches,
  rules,
  functionOf,
}: PartsWithWorkflow): void {
  const onImportEvent = functionOf('OnImportEvent', {
    handler: 'on-import-event',
    description: 'Starts the watch of an import job and wakes it when the job ends',
    environment: {
      [ENV.stateMachineArn]: stateMachine.stateMachineArn,
      [ENV.watchesTable]: watches.tableName,
    },
    timeout: Duration.seconds(30),
    memorySize: 256,
    encrypted: ['dynamodb', 'states'],
    onEvents: true,
  });
  stateMachine.grantStartExecution(onImportEvent);
  stateMachine.grant(onImportEvent, 'states:SendTaskSuccess');
  watches.grant(onImportEvent, 'dynamodb:GetItem');
  const patterns = splitPattern(scope, datastoreIds, (ids) => ({
    source: [HEALTH_IMAGING_EVENTS.source],
    // CloudTrail's events have the same source: the type tells them apart (docs/healthimaging.md#9-cloudtrail).
    detailType: [...HEALTH_IMAGING_EVENTS.detailTypes],
    ...(ids && { detail: { datastoreId: [...ids] } }),
  }));
  rules.invoke(onImportEvent, 'ImportEvents', patterns, {
    description: 'Import-job events of AWS HealthImaging',
  });
}
