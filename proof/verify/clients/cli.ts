import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ImportOperation } from '../model/service-model.ts';
import { python } from '../python.ts';
import type { Client } from './client.ts';

const COMMANDS: Readonly<Record<ImportOperation, string>> = {
  StartDICOMImportJob: 'start-dicom-import-job',
  GetDICOMImportJob: 'get-dicom-import-job',
  ListDICOMImportJobs: 'list-dicom-import-jobs',
};

/** The aws CLI, one process a call. */
export async function cli(env: Readonly<Record<string, string>>): Promise<Client> {
  const aws = (await python('tools')).command('aws');
  const run = (args: readonly string[], attempts = 1) =>
    promisify(execFile)(aws, args, {
      env: { ...env, AWS_RETRY_MODE: 'standard', AWS_MAX_ATTEMPTS: String(attempts) },
    });
  const { stdout } = await run(['--version']);
  return {
    name: 'aws CLI',
    version: /^aws-cli\/(\S+)/.exec(stdout)?.[1] ?? stdout,
    async call(operation, input, attempts) {
      try {
        const { stdout } = await run(['medical-imaging', COMMANDS[operation], ...flags(input)], attempts);
        return { output: JSON.parse(stdout) };
      } catch (error) {
        const { stderr = '' } = error as { stderr?: string };
        const [, name, message] =
          /An error occurred \((\w+)\) when calling the \w+ operation(?: \(reached max retries: \d+\))?: (.*)/.exec(
            stderr,
          ) ?? [];
        if (!name || message === undefined) throw error;
        return { error: { name, message } };
      }
    },
    async listAll(datastoreId, pageSize) {
      const args = ['--datastore-id', datastoreId, '--page-size', String(pageSize)];
      const { stdout } = await run(['medical-imaging', COMMANDS.ListDICOMImportJobs, ...args]);
      return JSON.parse(stdout).jobSummaries;
    },
    async close() {},
  };
}

/** `{ jobName: 'x' }` as `--job-name x`; what is no text as JSON. */
function flags(input: object): string[] {
  return Object.entries(input).flatMap(([name, value]) => [
    `--${name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase()}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
}
