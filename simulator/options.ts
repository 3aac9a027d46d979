import { type Command, InvalidArgumentError } from 'commander';
import { faultKinds, type ParsedFault, parseFault } from './fault-text.ts';

/** What the options of the simulator come to. */
export interface SimulatorCommandLine {
  readonly port: number;
  readonly s3Endpoint?: string;
  /** Seconds. */
  readonly duration: number;
  readonly eventEndpoint?: string;
  readonly fault: readonly ParsedFault[];
}

/** Adds the simulator's options to a command. */
export function simulatorOptions(command: Command): Command {
  return command
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
    );
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
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
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
