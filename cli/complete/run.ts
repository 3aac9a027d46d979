import tab from '@bomb.sh/tab/commander';
import { program } from '../program.ts';

/**
 * Prints the script for a shell, or what that script asks for: what can stand next on the command line.
 * @param args - the command line that asks for it.
 */
export async function run(args: readonly string[]): Promise<void> {
  // The library brings a command of this name, with both.
  const described = program('');
  tab(described);
  await described.parseAsync(args, { from: 'user' });
}
