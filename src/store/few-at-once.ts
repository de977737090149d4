/** Work on many files without opening them all: a process may hold a limited number open. */

/** Files open at the same time, a few each: far below the 256 that macOS allows a process. */
const MOST_AT_ONCE = 16;

/** Does the work on every item, in the order of the items, and returns the results in that order. */
export async function fewAtOnce<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results = new Array<Result>(items.length);
  const rest = items.entries();
  const takeTurns = async (): Promise<void> => {
    for (const [i, item] of rest) results[i] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(MOST_AT_ONCE, items.length) }, takeTurns));
  return results;
}
