import { Command, InvalidArgumentError } from 'commander';
import { startFauxqs } from 'fauxqs';
import { faultKinds, type ParsedFault, parseFault } from './fault-text.ts';
import { startSimulator } from './index.ts';

interface CommandLine {
  port: number;
  s3Endpoint?: string;
  duration: number;
  eventEndpoint?: string;
  fault: ParsedFault[];
}

const options = new Command('simulator')
  .description('Simulates the import API of AWS HealthImaging on this machine')
  .option('--port <port>', 'port to listen on; 0 takes a free one', port, 0)
  .option('--s3-endpoint <url>', 'S3 to read and write; without it a local one is started', url)
  .option('--duration <seconds>', 'how long a job takes', seconds, 90)
  .option('--event-endpoint <url>', 'a local EventBridge to send events to with PutEvents', url)
  .option(
    '--fault <fault>',
    `something to go wrong, as in throttle,times=3 or manifest-late=30,job=nightly; may be repeated. ` +
      `Kinds: ${faultKinds.join(', ')}`,
    fault,
    [],
  )
  .allowExcessArguments(false)
  .parse()
  .opts<CommandLine>();

try {
  const embedded = options.s3Endpoint
    ? undefined
    : await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
  const s3Endpoint = options.s3Endpoint ?? `http://127.0.0.1:${embedded?.port}`;
  const simulator = await startSimulator({
    s3: { endpoint: s3Endpoint },
    port: options.port,
    jobDurationSeconds: options.duration,
    ...(options.eventEndpoint && { eventBridge: { endpoint: options.eventEndpoint } }),
    faults: {
      requests: options.fault.flatMap((one) => ('request' in one ? [one.request] : [])),
      jobs: options.fault.flatMap((one) => ('job' in one ? [one.job] : [])),
    },
  });
  console.log(`HealthImaging simulator: ${simulator.endpoint}
S3${embedded ? ' (started with it)' : ''}: ${s3Endpoint}

export AWS_ENDPOINT_URL_MEDICAL_IMAGING=${simulator.endpoint}
export AWS_ENDPOINT_URL_S3=${s3Endpoint}
export AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
aws medical-imaging list-dicom-import-jobs --datastore-id 12345678901234567890123456789012`);

  const stop = async () => {
    await simulator.stop();
    await embedded?.stop();
    process.exit(0);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
} catch (error) {
  console.error(`simulator: cannot start: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65535)
    throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return value;
}

function seconds(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('A duration is a number of seconds.');
  return Number(text);
}

function url(text: string): string {
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? '')) {
    throw new InvalidArgumentError('An endpoint is a URL such as http://127.0.0.1:4566.');
  }
  return text;
}

function fault(text: string, earlier: ParsedFault[]): ParsedFault[] {
  try {
    return [...earlier, parseFault(text)];
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
