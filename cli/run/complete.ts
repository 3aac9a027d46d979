import tab from '@bomb.sh/tab/commander';
import { program } from '../program.ts';

/** Prints the script for a shell, or what that script asks for: what can stand next on the command line. */
export async function run(): Promise<void> {
  // The library brings a command of this name, with both.
  const described = program('', { completion: false });
  tab(described);
  await described.parseAsync(process.argv.slice(2), { from: 'user' });
}
