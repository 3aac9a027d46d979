import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/**
 * Prints the script for a shell, or what that script asks for: what can stand next on the command line.
 * @param args - the command line that asks for it.
 * @param program - what is completed. The library adds a command of the name `complete` to it, which does both.
 */
export async function run(args: readonly string[], program: Command): Promise<void> {
  tab(program);
  await program.parseAsync(args, { from: 'user' });
}
