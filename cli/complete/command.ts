import type { Command } from 'commander';
import { command, PROGRAM } from '../command.ts';

/**
 * @param args - what was typed: parsed, it would lack what tells a request for completion from one for the script.
 * @param describe - describes the program that is completed, without this command.
 */
export function completeCommand(args: readonly string[], describe: () => Command): Command {
  return command('complete', {
    summary: 'completion for your shell',
    description:
      'Prints a script that completes commands, options and their values. The shell must find this program by its name, for example after npm install --global.',
    examples: [
      `source <(${PROGRAM} complete bash)  # in ~/.bashrc`,
      `source <(${PROGRAM} complete zsh)   # in ~/.zshrc`,
      `${PROGRAM} complete fish | source  # in config.fish`,
    ],
    load: async () => {
      const { run } = await import('./run.ts');
      return { run: () => run(args, describe()) };
    },
  })
    .argument('[shell]', 'bash, zsh, fish or powershell')
    .allowExcessArguments();
}
