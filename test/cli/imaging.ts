import { wallClock } from '../../simulator/clock.ts';
import { type SimulatorOptions, type StudyFile, writeStudy } from '../../simulator/index.ts';
import { credentials, startWorld, type World } from '../simulator/world.ts';

/** The simulated HealthImaging and S3 on the clock on the wall, and the environment that leads a command there. */
export interface Imaging extends World {
  readonly env: Readonly<Record<string, string>>;
  /** Puts files below `in/`, starts an import of them, and returns its id. */
  import(files?: readonly StudyFile[], parameters?: Record<string, string>): Promise<string>;
}

/** Jobs take a second where nothing else is asked for. */
export async function startImaging(options: Partial<SimulatorOptions> = {}): Promise<Imaging> {
  const world = await startWorld({ clock: wallClock, jobDurationSeconds: 1, ...options });
  return {
    ...world,
    env: {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL_MEDICAL_IMAGING: world.simulator.endpoint,
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${world.s3Server.port}`,
    },
    async import(files = writeStudy(), parameters = {}) {
      for (const { name, bytes } of files) await world.put(`in/${name}`, bytes);
      return world.start(parameters);
    },
  };
}
