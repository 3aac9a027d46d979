import { Command } from 'commander';
import { oneLine, plainLines } from '../core/domain/text.ts';
import { type SimulatorCommandLine, simulatorOptions } from './options.ts';
import { servedText, serveSimulator } from './serve.ts';

const options = simulatorOptions(
  new Command('simulator').description('Simulates the import API of AWS HealthImaging on this machine'),
)
  .allowExcessArguments(false)
  .parse()
  .opts<SimulatorCommandLine>();

try {
  const served = await serveSimulator(options);
  console.log(plainLines(servedText(served)));
  const stop = async () => {
    await served.stop();
    process.exit(0);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
} catch (error) {
  console.error(
    `simulator: cannot start: ${oneLine(String(error instanceof Error ? error.message : error))}`,
  );
  process.exit(1);
}
