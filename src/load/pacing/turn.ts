/**
 * Resolves in the next turn of the event loop, after pending I/O. A loop that is never behind a
 * timer or a socket must pass through here, or its microtasks starve both.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
