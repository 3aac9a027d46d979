import * as clients from '../../core/aws/clients.ts';
import { dynamoDB } from '../../core/aws/table-client.ts';
import type { AwsOptions } from '../options.ts';
import { explainConnection, readSharedConfiguration, requireProfile } from './shared-configuration.ts';

/**
 * The clients of a command: those of the watcher, with the region, the profile and the endpoint that were asked for. All else is
 * found as the SDK finds it, in the environment and the shared configuration files.
 * @throws CliError where there is no such profile, no region, or there are no credentials.
 */
export async function connect({ region, profile, endpointUrl }: AwsOptions) {
  const { env } = process;
  // Of use to who builds this, not to who runs it.
  env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  // As the AWS CLI has it, and the SDK for JavaScript has not.
  const named = region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  const settings: clients.ClientSettings = {
    ...(named && { region: named }),
    ...(profile && { profile }),
    ...(endpointUrl && { endpoint: endpointUrl }),
  };
  const configuration = await readSharedConfiguration();
  const chosen = profile ?? env.AWS_PROFILE;
  requireProfile(configuration, chosen);
  const probe = clients.medicalImaging(settings);
  const where = await (async () => {
    try {
      const found = await probe.config.region();
      await probe.config.credentials();
      return found;
    } catch (error) {
      throw explainConnection(error, configuration, chosen);
    } finally {
      probe.destroy();
    }
  })();
  const ownEndpoint = endpointUrl ?? env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL;
  const ofS3 = {
    ...settings,
    // A bucket may be elsewhere than the data store.
    followRegionRedirects: true,
    // As the AWS CLI does: an emulator has no host name for each bucket.
    forcePathStyle: ownEndpoint !== undefined,
  };
  return {
    region: where,
    medicalImaging: () => clients.medicalImaging(settings),
    s3: () => clients.s3(ofS3),
    s3ForMany: () => clients.s3ForMany(ofS3),
    stepFunctions: () => clients.stepFunctions(settings),
    dynamoDB: () => dynamoDB(settings),
    eventBridge: () => clients.eventBridge(settings),
    sns: () => clients.sns(settings),
    cloudFormation: () => clients.cloudFormation(settings),
    cloudWatch: () => clients.cloudWatch(settings),
    sqs: () => clients.sqs(settings),
  };
}

/** The same in the region of a topic, which may be another than the one that is set. */
export function connectTo(topicArn: string | undefined, options: AwsOptions): Promise<Aws> {
  const region = options.region ?? topicArn?.split(':')[3];
  return connect({ ...options, ...(region && { region }) });
}

export type Aws = Awaited<ReturnType<typeof connect>>;
