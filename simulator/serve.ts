import { startSimulator } from './index.ts';
import type { SimulatorCommandLine } from './options.ts';

/** A simulator that runs, and how it is reached. */
export interface Served {
  readonly endpoint: string;
  readonly s3Endpoint: string;
  /** Whether the S3 was started with it. */
  readonly ownS3: boolean;
  /** What leads the SDKs and the AWS CLI here. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Starts the simulator, and an S3 where none is given. @throws Error where a port is taken or Node is too old for the S3. */
export async function serveSimulator(options: SimulatorCommandLine): Promise<Served> {
  const s3 = options.s3Endpoint === undefined ? await startS3() : undefined;
  const s3Endpoint = options.s3Endpoint ?? `http://127.0.0.1:${s3?.port}`;
  const simulator = await startSimulator({
    s3: { endpoint: s3Endpoint },
    port: options.port,
    jobDurationSeconds: options.duration,
    eventBridge: options.eventEndpoint ? { endpoint: options.eventEndpoint } : undefined,
    faults: {
      requests: options.fault.flatMap((one) => ('request' in one ? [one.request] : [])),
      jobs: options.fault.flatMap((one) => ('job' in one ? [one.job] : [])),
    },
  }).catch(async (error: unknown) => {
    await s3?.stop();
    throw error;
  });
  return {
    endpoint: simulator.endpoint,
    s3Endpoint,
    ownS3: s3 !== undefined,
    environment: {
      AWS_ENDPOINT_URL_MEDICAL_IMAGING: simulator.endpoint,
      AWS_ENDPOINT_URL_S3: s3Endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
    async stop() {
      await simulator.stop();
      await s3?.stop();
    },
  };
}

async function startS3() {
  try {
    const { startFauxqs } = await import('fauxqs');
    return await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_UNKNOWN_BUILTIN_MODULE') throw error;
    throw new Error(
      `the S3 that is started with it needs Node 22.5 or newer, this is ${process.version}: name another with --s3-endpoint`,
      { cause: error },
    );
  }
}

/** How the simulator is reached, for people. */
export function servedText({ endpoint, s3Endpoint, ownS3, environment }: Served): string {
  const { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = environment;
  return `HealthImaging simulator: ${endpoint}
S3${ownS3 ? ' (started with it)' : ''}: ${s3Endpoint}

export AWS_ENDPOINT_URL_MEDICAL_IMAGING=${endpoint}
export AWS_ENDPOINT_URL_S3=${s3Endpoint}
export AWS_REGION=${AWS_REGION} AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID} AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY}
aws medical-imaging list-dicom-import-jobs \\
  --datastore-id 12345678901234567890123456789012`;
}
