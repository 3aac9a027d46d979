import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Simulator, startSimulator } from '../../../simulator/index.ts';
import { type Python, python } from '../python.ts';
import { freePort, type Servers } from '../servers.ts';
import { HeldClock } from './held-clock.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';
/** The CDK remembers the account of a key: this emulator has a key of its own. */
const CREDENTIALS = { accessKeyId: 'ministack', secretAccessKey: 'ministack' };
/** Short; a job that has to outlast something is held. */
const JOB_SECONDS = 5;
/** How long a command may take. Much more than it takes: a slow machine is no failure. */
const COMMAND_SECONDS = 180;

/** Names, by kind of resource. */
export type Inventory = Readonly<Record<string, readonly string[]>>;

/** Ministack, with the simulated HealthImaging at its side. */
export class Emulator {
  /** What every client needs. */
  readonly config: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: typeof CREDENTIALS;
  };
  readonly simulator: Simulator;
  readonly clock: HeldClock;
  /** A folder for what is made on the way. */
  readonly folder: string;
  readonly #python: Python;

  private constructor(endpoint: string, folder: string, own: Python, simulator: Simulator, clock: HeldClock) {
    this.config = { endpoint, region: REGION, credentials: CREDENTIALS };
    this.folder = folder;
    this.#python = own;
    this.simulator = simulator;
    this.clock = clock;
  }

  static async start(servers: Servers): Promise<Emulator> {
    const own = await python('ministack');
    const [port, healthImaging] = [await freePort(), await freePort()];
    const endpoint = `http://127.0.0.1:${port}`;
    const folder = await mkdtemp(join(tmpdir(), 'dicom-import-watcher-'));
    await servers.start({
      command: own.command('python'),
      args: [here('start_ministack.py')],
      cwd: folder,
      env: {
        GATEWAY_PORT: String(port),
        BIND_HOST: '127.0.0.1',
        IOT_MTLS_ENABLED: '0',
        SFTP_ENABLED: '0',
        TMPDIR: folder,
        // The functions have the environment of the emulator: on AWS, the SDK knows where HealthImaging is.
        AWS_ENDPOINT_URL_MEDICAL_IMAGING: `http://127.0.0.1:${healthImaging}`,
      },
      url: `${endpoint}/_ministack/health`,
    });
    const clock = new HeldClock();
    const target = { endpoint, credentials: CREDENTIALS };
    const simulator = await startSimulator({
      port: healthImaging,
      clock,
      accountId: ACCOUNT,
      jobDurationSeconds: JOB_SECONDS,
      quotas: { rates: { StartDICOMImportJob: { perSecond: 1, burst: Number.POSITIVE_INFINITY } } },
      s3: target,
      eventBridge: target,
    });
    return new Emulator(endpoint, folder, own, simulator, clock);
  }

  async stop(): Promise<void> {
    await this.simulator.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Runs the real `cdk`. @throws with what it wrote, where its status is not 0. */
  async cdk(...args: readonly string[]): Promise<string> {
    const command = [join(ROOT, 'node_modules/aws-cdk/bin/cdk'), ...args, '--no-notices', '--no-color'];
    try {
      const { stdout, stderr } = await run(process.execPath, command, {
        cwd: ROOT,
        env: { ...process.env, ...this.environment(), CDK_HOME: this.folder },
        maxBuffer: 100_000_000,
        timeout: COMMAND_SECONDS * 1000,
      });
      return stdout + stderr;
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`cdk ${args.join(' ')}: ${(stdout + stderr).slice(-3000)}`);
    }
  }

  /** All that there is in the emulator. */
  async inventory(): Promise<Inventory> {
    return JSON.parse(await this.#python.run('python', [here('inventory.py')], this.environment()));
  }

  /** Makes a KMS key. @returns its ARN. */
  async createKey(): Promise<string> {
    const code =
      "import botocore.session; print(botocore.session.get_session().create_client('kms').create_key()['KeyMetadata']['Arn'])";
    return (await this.#python.run('python', ['-c', code], this.environment())).trim();
  }

  /** Invokes a function by name, as a schedule would. */
  async invoke(name: string): Promise<unknown> {
    const { endpoint } = this.config;
    const answer = await fetch(`${endpoint}/2015-03-31/functions/${name}/invocations`, {
      method: 'POST',
      body: '{}',
    });
    const text = await answer.text();
    if (!answer.ok || answer.headers.has('x-amz-function-error')) throw new Error(`${name}: ${text}`);
    return JSON.parse(text);
  }

  /** What leads a command to the emulator. */
  environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.config.endpoint,
      // The CDK asks for S3 apart.
      AWS_ENDPOINT_URL_S3: this.config.endpoint,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    };
  }
}
