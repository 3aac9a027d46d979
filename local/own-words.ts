import type { ImportFinishedData } from '../core/contract/events.ts';
import { isWordingOfAws } from '../simulator/index.ts';

/** What a verdict on a simulated import says that nobody knows AWS to say: a line for each, and none where there is nothing. */
export function ownWords({
  failures = [],
  warnings = [],
}: Pick<ImportFinishedData, 'failures' | 'warnings'>): string[] {
  const own = [...new Set(failures.map(({ message }) => message))].filter(
    (message) => !isWordingOfAws(message),
  );
  return [
    ...own.map(
      (message) =>
        `"${message}": AWS does not publish what it says of such a file; these words are the simulator's own`,
    ),
    ...warnings.map(
      ({ code, name }) =>
        `${code} ${name}: the code is AWS's; that it stands for what is wrong with these files is the simulator's reading`,
    ),
  ];
}
