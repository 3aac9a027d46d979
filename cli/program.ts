import { Command } from 'commander';
import { PROGRAM, refuseMissingTogether, withSettings } from './command.ts';
import { completeCommand } from './complete/command.ts';
import { confirmCommand } from './confirm/command.ts';
import { doctorCommand } from './doctor/command.ts';
import { drillCommand } from './drill/command.ts';
import { listCommand } from './list/command.ts';
import { planCommand } from './plan/command.ts';
import { redriveCommand } from './redrive/command.ts';
import { replayCommand } from './replay/command.ts';
import { reportCommand } from './report/command.ts';
import { simulateCommand } from './simulate/command.ts';
import { startCommand } from './start/command.ts';
import { statusCommand } from './status/command.ts';
import { waitCommand } from './wait/command.ts';

/**
 * The whole command line, without what its commands do: that is loaded by the one that runs.
 * @param args - what was typed, which is what the command `complete` reads.
 */
export function program(version: string, args: readonly string[]): Command {
  return describe(version).addCommand(completeCommand(args, () => describe(version)));
}

/** All but the command `complete`. */
function describe(version: string): Command {
  const root = withSettings(new Command(PROGRAM))
    .description('Follows DICOM import jobs of AWS HealthImaging to their end and says what really happened.')
    .version(version, '-V, --version', 'show the version')
    .helpCommand('help [command]', 'show the help of a command')
    .option('--debug', 'show the stack trace of an error')
    .addHelpText('after', `\nExit statuses, JSON and all else: docs/command-line.md`);
  for (const each of [
    startCommand(),
    waitCommand(),
    reportCommand(),
    listCommand(),
    statusCommand(),
    redriveCommand(),
    replayCommand(),
    confirmCommand(),
    doctorCommand(),
    drillCommand(),
    planCommand(),
    simulateCommand(),
  ])
    root.addCommand(refuseMissingTogether(each));
  return root;
}
