/**
 * A handler whose errors have files and lines of our sources in their stacks, which Lambda logs and Step Functions keeps. What
 * this takes is loaded when there is an error: with Node's `--enable-source-maps` every start would read the maps.
 */
export const withSources =
  <Event, Result, Context>(handle: (event: Event, context?: Context) => Promise<Result>) =>
  async (event: Event, context?: Context): Promise<Result> => {
    try {
      return await handle(event, context);
    } catch (error) {
      // Whatever goes wrong with its stack, the error stays what it is.
      await nameSources(error).catch(() => {});
      throw error;
    }
  };

async function nameSources(error: unknown): Promise<void> {
  if (!(error instanceof Error) || !error.stack) return;
  const { sourceStack } = await import('./source-stack.ts');
  error.stack = sourceStack(error.stack);
}
