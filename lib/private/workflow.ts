import { Duration } from 'aws-cdk-lib';
import { ENV } from '../../core/contract/names.ts';
import { ImportWorkflow } from '../import-workflow.ts';
import type { Parts, PartsWithWorkflow } from './parts.ts';
import { grantOnDatastores, grantReadManifests } from './permissions.ts';

/** The state machine and the two functions that it calls. */
export type Workflow = Omit<PartsWithWorkflow, keyof Parts>;

/** Follows one import job to its end and publishes the verdict. */
export function addWorkflow(parts: Parts): Workflow {
  const { scope, settings, name, encryption, watches, bus, topic, functionOf } = parts;
  const {
    pollInterval,
    longestPollInterval,
    overdueAfter,
    giveUpAfter,
    disclosure,
    chat,
    logRetention,
    datastoreIds,
  } = settings;
  const checkImportJob = functionOf('CheckImportJob', {
    handler: 'check-import-job',
    description: 'Looks at an import job once and decides whether to wait on',
    environment: {
      [ENV.pollIntervalSeconds]: String(pollInterval.toSeconds()),
      ...(longestPollInterval.toSeconds() > pollInterval.toSeconds() && {
        [ENV.longestPollIntervalSeconds]: String(longestPollInterval.toSeconds()),
      }),
      [ENV.overdueAfterSeconds]: String(overdueAfter.toSeconds()),
      [ENV.giveUpAfterSeconds]: String(giveUpAfter.toSeconds()),
      [ENV.watchesTable]: watches.tableName,
      [ENV.disclosure]: JSON.stringify(disclosure),
    },
    timeout: Duration.seconds(30),
    memorySize: 256,
    encrypted: ['dynamodb'],
    onEvents: false,
  });
  const summarizeImport = functionOf('SummarizeImport', {
    handler: 'summarize-import',
    description: 'Reads the manifests of a finished import and says what is published',
    environment: { [ENV.disclosure]: JSON.stringify(disclosure) },
    timeout: Duration.minutes(5),
    memorySize: 512,
    encrypted: [],
    onEvents: false,
  });
  grantOnDatastores(checkImportJob, ['medical-imaging:GetDICOMImportJob'], datastoreIds);
  grantOnDatastores(summarizeImport, ['medical-imaging:GetDICOMImportJob'], datastoreIds);
  grantReadManifests(summarizeImport, settings.outputBuckets);
  watches.grant(checkImportJob, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
  const { stateMachine } = new ImportWorkflow(scope, 'Workflow', {
    checkImportJob,
    summarizeImport,
    watches,
    bus,
    topic,
    chat,
    giveUpAfter,
    logRetention,
    name,
    encryption,
  });
  return { stateMachine, checkImportJob, summarizeImport };
}
