/** Counts the checks of one part, and reports each in a line. */
export class Results {
  readonly part: string;
  readonly #print: (line: string) => void;
  passed = 0;
  failed = 0;

  constructor(part: string, print: (line: string) => void = console.log) {
    this.part = part;
    this.#print = print;
  }

  /** Runs a check: it passes where the body returns, and fails where it throws. */
  async check(name: string, body: () => unknown): Promise<void> {
    try {
      await body();
      this.pass(name);
    } catch (error) {
      this.fail(name, error instanceof Error ? error.message : String(error));
    }
  }

  pass(name: string): void {
    this.passed++;
    this.#print(`passed  ${this.part}: ${name}`);
  }

  fail(name: string, why: string): void {
    this.failed++;
    this.#print(`FAILED  ${this.part}: ${name}\n${why.replace(/^/gm, '          ')}`);
  }
}
