import fc, { type IAsyncProperty, type IProperty } from 'fast-check';

/** Runs a property, and prints how often and with which seed, which plays it again. @throws Error that shows the smallest failure. */
export async function fuzz<Ts>(
  what: string,
  property: IProperty<Ts> | IAsyncProperty<Ts>,
  numRuns: number,
): Promise<void> {
  const found = await fc.check(property as IAsyncProperty<Ts>, { numRuns });
  console.log(`${found.numRuns} ${what}, seed ${found.seed}`);
  const message = await fc.asyncDefaultReportMessage(found);
  if (message !== undefined) throw new Error(message);
}
