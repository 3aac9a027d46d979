import { Command } from 'commander';
import { PROGRAM, withSettings } from './command.ts';
import { completeCommand } from './commands/complete.ts';
import { confirmCommand } from './commands/confirm.ts';
import { doctorCommand } from './commands/doctor.ts';
import { listCommand } from './commands/list.ts';
import { planCommand } from './commands/plan.ts';
import { redriveCommand } from './commands/redrive.ts';
import { replayCommand } from './commands/replay.ts';
import { reportCommand } from './commands/report.ts';
import { simulateCommand } from './commands/simulate.ts';
import { startCommand } from './commands/start.ts';
import { statusCommand } from './commands/status.ts';
import { waitCommand } from './commands/wait.ts';

/**
 * The whole command line, without what its commands do: that is loaded by the one that runs.
 * @param args - what was typed, which is what the command `complete` reads. Without it that command is not among them.
 */
export function program(version: string, args?: readonly string[]): Command {
  const root = withSettings(new Command(PROGRAM))
    .description('Follows DICOM import jobs of AWS HealthImaging to their end and says what really happened.')
    .version(version, '-V, --version', 'show the version')
    .helpCommand('help [command]', 'show the help of a command')
    .option('--debug', 'show the stack of an error')
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
    planCommand(),
    simulateCommand(),
  ])
    root.addCommand(each);
  if (args) root.addCommand(completeCommand(args));
  return root;
}
