import { vi } from 'vitest';
import { systemTime } from '../../core/time.ts';
import { FakeClock } from '../../proof/fixtures/fake-clock.ts';
import { credentials, type SimulatorWorld, startWorld } from '../../proof/fixtures/simulator-world.ts';
import { type SimulatorOptions, type StudyFile, writeStudy } from '../../simulator/index.ts';

/** The simulated HealthImaging and S3, and the environment that leads a command there. */
export interface Imaging extends SimulatorWorld {
  readonly env: Readonly<Record<string, string>>;
  /** Puts files below `in/`, starts an import of them, and returns its id. */
  import(files?: readonly StudyFile[], parameters?: Record<string, string>): Promise<string>;
}

/** Jobs take a second where nothing else is asked for, of a clock that stands still at first. */
export async function startImaging(
  options: Partial<SimulatorOptions> = {},
  clock = new FakeClock(Date.now()),
): Promise<Imaging> {
  const world = await startWorld({ jobDurationSeconds: 1, ...options }, clock);
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

/**
 * Puts commands that run in this process on the clock of the simulator, which goes on when they sleep.
 * @param sleepers - how many sleep at once: with `--timeout` the command that looks again, and what ends it.
 */
export function sleepOn(clock: FakeClock, sleepers = 1): void {
  const asleep: { readonly at: number; wake(): void }[] = [];
  vi.spyOn(systemTime, 'now').mockImplementation(() => clock.now());
  vi.spyOn(systemTime, 'sleep').mockImplementation(
    (ms) =>
      new Promise((wake) => {
        asleep.push({ at: clock.now() + ms, wake });
        if (asleep.length < sleepers) return;
        const next = asleep.sort((a, b) => a.at - b.at).shift();
        if (next) clock.pass((next.at - clock.now()) / 1000).then(next.wake);
      }),
  );
}
