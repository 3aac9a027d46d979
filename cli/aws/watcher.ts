import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DEFAULT_DISCLOSURE, type Disclosure } from '../../core/contract/names.ts';
import { CliError } from '../errors.ts';
import { PARTS, type Part, type StackOptions } from '../stack-options.ts';
import type { Aws } from './connect.ts';

/** Where a watcher is, and what it tells. */
export type Watcher<P extends Part = Part> = Readonly<Record<P, string>> & {
  readonly disclosure: Disclosure;
  /** Whether the topic carries messages for chat as well. */
  readonly chat: boolean;
};

/**
 * Finds the watcher: by the options where these tell all that is needed, else by the outputs of its stack.
 * @throws CliError that says what is missing and how to name it.
 */
export async function findWatcher<P extends Part>(
  aws: Aws,
  options: StackOptions,
  needed: readonly P[],
): Promise<Watcher<P>> {
  const given = needed.every((part) => options[part] !== undefined);
  const outputs = given ? {} : await readOutputs(aws, options.stack, needed);
  const parts = needed.map((part) => [part, options[part] ?? outputs[PARTS[part].output]] as const);
  const missing = parts.filter(([, value]) => value === undefined).map(([part]) => part);
  if (missing.length > 0) {
    throw new CliError(
      `The stack '${options.stack}' has no output ${missing.map((part) => PARTS[part].output).join(', ')}: it is not one of DicomImportWatcherStack. Name another with --stack, or give ${flags(missing)}.`,
    );
  }
  return {
    ...(Object.fromEntries(parts) as Record<P, string>),
    disclosure: outputs.Disclosure ? (JSON.parse(outputs.Disclosure) as Disclosure) : DEFAULT_DISCLOSURE,
    chat: outputs.Chat === 'true',
  };
}

/** The outputs of a stack, by name. */
async function readOutputs(
  aws: Aws,
  stack: string,
  needed: readonly Part[],
): Promise<Readonly<Record<string, string>>> {
  const description = await describeStack(await aws.cloudFormation(), stack);
  if (!description) {
    throw new CliError(
      `There is no stack '${stack}' in ${aws.region}. Name the watcher's with --stack or DICOM_IMPORT_WATCHER_STACK, name its region with --region, or give ${flags(needed)}.`,
    );
  }
  return description.outputs;
}

const flags = (parts: readonly Part[]) => parts.map((part) => PARTS[part].flag).join(', ');

/** A stack as CloudFormation has it. */
export interface StackDescription {
  readonly status: string;
  /** When it was deployed last, in milliseconds since the epoch; 0 where CloudFormation does not say. */
  readonly deployedAt: number;
  readonly outputs: Readonly<Record<string, string>>;
}

/** @returns undefined where there is no such stack. */
export async function describeStack(
  client: CloudFormationClient,
  StackName: string,
): Promise<StackDescription | undefined> {
  const { DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    return (
      stack && {
        status: stack.StackStatus ?? '',
        deployedAt: (stack.LastUpdatedTime ?? stack.CreationTime)?.getTime() ?? 0,
        outputs: Object.fromEntries(
          (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
        ),
      }
    );
  } catch (error) {
    // CloudFormation has no error of its own for it.
    if (/does not exist/.test((error as Error).message)) return undefined;
    throw error;
  }
}
