import { CONSOLES } from '../../contract/consoles.ts';
import type { manifestLocations } from '../verdict/manifest-location.ts';

/** Pages of the AWS Management Console, in the partition and region of an execution. */
export interface ConsoleLinks {
  /** HealthImaging in the region: the address of a single data store is not documented. */
  readonly datastores: string;
  readonly execution: string;
  /** The folder of the manifests, which tells its prefix. */
  readonly manifests?: string;
}

/**
 * @param executionArn - says which partition and region.
 * @param manifests - where the manifests are, or undefined if it must not be disclosed.
 * @returns undefined in a partition whose console is not known.
 */
export function consoleLinks(
  executionArn: string,
  manifests?: ReturnType<typeof manifestLocations>,
): ConsoleLinks | undefined {
  const [, partition = '', , region = ''] = executionArn.split(':');
  const host = CONSOLES[partition];
  if (!host) return undefined;
  const console = `https://${region}.${host}`;
  return {
    datastores: `${console}/medical-imaging/home?region=${region}`,
    // Whoever starts an execution by hand chooses its name.
    execution: encodeURI(
      `${console}/states/home?region=${region}#/v2/executions/details/${executionArn.toWellFormed()}`,
    ),
    manifests:
      manifests &&
      `${console}/s3/buckets/${encodeURIComponent(manifests.job.bucket.toWellFormed())}?region=${region}&prefix=${encodeURIComponent(
        manifests.job.key.slice(0, manifests.job.key.lastIndexOf('/') + 1).toWellFormed(),
      )}`,
  };
}
