export interface Assertion {
  readonly name: string;
  readonly status: string;
  /** What was expected and what came instead. */
  readonly message?: string;
}

/**
 * The assertions that a deployment made, from the file that `cdk deploy --outputs-file` writes: integ-tests-alpha puts the
 * result of each into an output of its stack, as JSON.
 */
export function assertionsIn(
  outputs: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Assertion[] {
  return Object.values(outputs)
    .flatMap((stack) => Object.entries(stack))
    .filter(([name]) => name.startsWith('AssertionResults'))
    .map(([name, result]) => ({
      name: name.replace(/^AssertionResults(.*?)[0-9a-f]{32}$/, '$1'),
      ...JSON.parse(result),
    }));
}
