import { Duration } from 'aws-cdk-lib';
import { CLOUDTRAIL_CALL, ENV, HEALTH_IMAGING_EVENTS } from '../../core/contract/names.ts';
import type { PartsWithWorkflow } from './parts.ts';

/** Starts the watch of an import job, and wakes it when the job ends: on HealthImaging's own events. */
export function addImportEvents({
  settings: { datastoreIds, cloudTrailTrigger },
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
  });
  stateMachine.grantStartExecution(onImportEvent);
  stateMachine.grant(onImportEvent, 'states:SendTaskSuccess');
  watches.grant(onImportEvent, 'dynamodb:GetItem');
  rules.add('ImportEvents', onImportEvent, {
    description: 'Import-job events of AWS HealthImaging',
    eventPattern: {
      source: [HEALTH_IMAGING_EVENTS.source],
      // CloudTrail's events have the same source: the type tells them apart.
      detailType: [...HEALTH_IMAGING_EVENTS.detailTypes],
      ...(datastoreIds && { detail: { datastoreId: [...datastoreIds] } }),
    },
  });
  if (!cloudTrailTrigger) return;
  rules.add('StartCalls', onImportEvent, {
    description: 'Calls of StartDICOMImportJob that CloudTrail saw and HealthImaging did not refuse',
    eventPattern: {
      source: [HEALTH_IMAGING_EVENTS.source],
      detailType: [CLOUDTRAIL_CALL.detailType],
      detail: {
        eventSource: [CLOUDTRAIL_CALL.eventSource],
        eventName: [CLOUDTRAIL_CALL.eventName],
        errorCode: [{ exists: false }],
        ...(datastoreIds && { requestParameters: { datastoreId: [...datastoreIds] } }),
      },
    },
  });
}
