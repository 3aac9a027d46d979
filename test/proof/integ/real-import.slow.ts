import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertionsIn } from '../../../proof/integ/outputs.ts';

const run = promisify(execFile);
const APP = fileURLToPath(new URL('../../../proof/integ/integ.real-import.ts', import.meta.url));
const datastoreId = '1'.repeat(32);

type Resources = Record<string, { Type: string; Properties: Record<string, unknown> }>;
let folder: string;
let stack: Resources;
let assertions: Resources;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dicom-import-watcher-integ-'));
  const env = { ...process.env, CDK_OUTDIR: folder, VERIFY_DATASTORE_ID: datastoreId };
  await run(process.execPath, [APP], { env });
  const template = (name: string) =>
    JSON.parse(readFileSync(join(folder, `${name}.template.json`), 'utf8')).Resources;
  stack = template('DicomImportWatcherVerify');
  assertions = template('RealImportDefaultTestDeployAssertB4B6599B');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const ofType = (resources: Resources, type: string) =>
  Object.values(resources).filter(({ Type }) => Type.startsWith(type));

const called = (api: string) => Object.values(assertions).filter(({ Properties }) => Properties?.api === api);

describe('the integration test', () => {
  test('without a data store says what is missing', async () => {
    const env = { ...process.env, CDK_OUTDIR: folder, VERIFY_DATASTORE_ID: 'short' };
    await expect(run(process.execPath, [APP], { env })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('set VERIFY_DATASTORE_ID'),
    });
  });

  test('deploys the watcher for the data store, and keeps nothing when it goes', () => {
    expect(ofType(stack, 'AWS::StepFunctions::StateMachine')).toHaveLength(1);
    expect(JSON.stringify(ofType(stack, 'AWS::Events::Rule'))).toContain(`"datastoreId":["${datastoreId}"]`);
    const kept = Object.entries(stack).filter(([, resource]) =>
      ['Retain', 'Snapshot', 'RetainExceptOnCreate'].includes(
        String((resource as { DeletionPolicy?: string }).DeletionPolicy),
      ),
    );
    expect(kept).toEqual([]);
  });

  test('starts an import, may pass its role, and waits for the verdict on that very job', () => {
    const [start] = called('StartDICOMImportJob');
    expect(start?.Properties).toMatchObject({
      parameters: { datastoreId: `"${datastoreId}"` },
    });
    const policies = JSON.stringify(ofType(assertions, 'AWS::IAM::Role'));
    for (const action of ['medical-imaging:StartDICOMImportJob', 'iam:PassRole', 'sqs:ReceiveMessage']) {
      expect(policies).toContain(action);
    }
    const [receive] = called('receiveMessage');
    const expected = JSON.stringify(receive?.Properties.expected);
    expect(expected).toMatch(
      /DICOM Import Finished.*StartDICOMImportJob.*apiCallResponse\.jobId.*PARTIALLY_FAILED/,
    );
    const [describe] = called('describeExecution');
    expect(JSON.stringify(describe?.Properties.expected)).toContain('SUCCEEDED');
  });

  test('reports its assertions from the outputs of the deployment', () => {
    const hash = '0123456789abcdef0123456789abcdef';
    const outputs = {
      Watcher: { TopicArn: 'arn' },
      Assertions: {
        [`AssertionResultsAwsApiCallSQSreceiveMessage${hash}`]: '{"status":"success"}',
        [`AssertionResultsOther${hash}`]: '{"status":"fail","message":"Expected this"}',
      },
    };
    expect(assertionsIn(outputs)).toEqual([
      { name: 'AwsApiCallSQSreceiveMessage', status: 'success' },
      { name: 'Other', status: 'fail', message: 'Expected this' },
    ]);
  });
});
