import { Archive, EventBus } from 'aws-cdk-lib/aws-events';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Encryption } from './encryption.ts';
import { publishedBy } from './filters.ts';
import type { Parts } from './parts.ts';
import { keepsFor } from './permissions.ts';

/** The watcher's own bus. @param deadLetterQueue - takes the events that the key cannot be used for. */
export function addBus(
  scope: Construct,
  { key }: Encryption,
  eventBusName: string,
  deadLetterQueue: Queue,
): EventBus {
  const bus = new EventBus(scope, 'Bus', {
    // CDK's own name for it is that of the ids alone, and so the same in stacks whose ids are the same.
    eventBusName,
    description: 'Verdicts on DICOM imports',
    kmsKey: key,
    deadLetterQueue,
  });
  keepsFor('events', deadLetterQueue, bus.eventBusArn);
  return bus;
}

/** Keeps what is published for `archiveFor`, where that is set. */
export function addArchive({ scope, settings, name, bus, encryption }: Parts): void {
  if (!settings.archiveFor) return;
  new Archive(scope, 'Archive', {
    sourceEventBus: bus,
    description: 'Verdicts on DICOM imports',
    eventPattern: publishedBy(name),
    retention: settings.archiveFor,
    kmsKey: encryption.key,
  });
}
