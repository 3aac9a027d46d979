import { setTimeout as delay } from 'node:timers/promises';
import { startAccount } from './account.ts';
import type { LocalCloud } from './cloud.ts';
import { DATASTORE_ID, startImport } from './import-files.ts';
import type { Template } from './template.ts';

/**
 * Keeps the demo up until somebody ends it, with a second import whose watch was stopped, so that the command line has something to
 * repair. Prints the variables by which the command line finds everything.
 */
export async function holdDemo(
  cloud: LocalCloud,
  template: Template,
  prefix: string,
  print: (line: string) => void,
): Promise<void> {
  const { environment, machine } = cloud;
  const { AWS_ENDPOINT_URL_EVENTBRIDGE: eventBridge = '', AWS_ENDPOINT_URL_SNS: sns = '' } = environment;
  const account = await startAccount(template, { eventBridge, sns });
  try {
    const jobId = await startImport(cloud, prefix, 'demo-2');
    const name = `${DATASTORE_ID}-${jobId}`;
    while (!machine.executions.has(name)) await delay(50);
    machine.abort(name);
    const variables = { ...environment, AWS_ENDPOINT_URL_SQS: sns, ...account.env };
    print('Everything stays up until Ctrl-C. In another terminal, in this folder:\n');
    for (const [variable, value] of Object.entries(variables)) print(`export ${variable}=${value}`);
    print('\nThen try the command line. The watch of a second import was stopped:\n');
    const jobOf = (id: string) => `--datastore-id ${DATASTORE_ID} --job-id ${id}`;
    const [first = ''] = machine.executions.keys();
    for (const command of [
      `list --datastore-id ${DATASTORE_ID}`,
      `status ${jobOf(jobId)}`,
      `redrive ${jobOf(jobId)}`,
      `replay ${jobOf(first.slice(DATASTORE_ID.length + 1))}`,
      'doctor',
    ]) {
      print(`npx dicom-import-watcher ${command}`);
    }
    await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
  } finally {
    await account.stop();
  }
}
