import type { Results } from './results.ts';
import type { Servers } from './servers.ts';

/** One thing that others' implementations are asked about. A folder each; listed in `parts.ts`. */
export interface Part {
  /** One line: what it proves. */
  readonly proves: string;
  /**
   * Asks, and tells the results. Servers are stopped when it returns or throws.
   * @throws {CannotRun} where the machine lacks something. Any error counts as a failed check.
   */
  run(context: PartContext): Promise<void>;
}

export interface PartContext {
  readonly results: Results;
  readonly servers: Servers;
  /** Checks that a file of the repository has this text; with `--write` writes it. */
  document(path: string, text: string): Promise<void>;
  /** Whether documents are written. Pictures are, too. */
  readonly write: boolean;
}

/** What the machine lacks. A part that cannot run has failed: what nobody asked is not proven. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun';
}
