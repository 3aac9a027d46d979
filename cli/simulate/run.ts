import { oneLine } from '../../core/domain/text.ts';
import type { SimulatorCommandLine } from '../../simulator/options.ts';
import { servedText, serveSimulator } from '../../simulator/serve.ts';
import { CliError } from '../errors.ts';
import { systemReason } from '../system-errors.ts';
import { untilInterrupted } from '../terminal/interrupt.ts';
import { print, printJson } from '../terminal/output.ts';

export interface SimulateOptions extends SimulatorCommandLine {
  readonly json?: boolean;
}

/** Simulates HealthImaging until somebody has had enough. */
export async function run(options: SimulateOptions): Promise<void> {
  const served = await serveSimulator(options).catch((error: Error) => {
    const reason = systemReason(error);
    const why = oneLine(error.message);
    throw new CliError(`The simulator cannot start: ${why}${reason ? ` (${reason})` : ''}`, { cause: error });
  });
  const { endpoint, s3Endpoint, environment } = served;
  const interrupted = untilInterrupted();
  if (options.json) printJson({ endpoint, s3Endpoint, environment });
  else print(servedText(served));
  await interrupted;
  await served.stop();
}
