/**
 * A burst is content that came together: in one read (there is no gap between its events), or in
 * reads that follow each other faster than tokens are made, as those of a long body do. Something
 * held it back, the server or what is between; how long its tokens took to make cannot be seen.
 */

/** Tokens of the first burst, of the largest one, and of all. */
export interface Bursts {
  readonly first: number;
  readonly largest: number;
  readonly total: number;
}

/** No model is as fast as this, µs between reads. */
const TOGETHER = 100;
const TOGETHER_PER_TOKEN = 20;

/**
 * @param waits before each event, whole µs
 * @param tokens carried by each event
 */
export function burstsOf(waits: readonly number[], tokens: Float64Array, length: number): Bursts {
  const found: Found = { first: 0, largest: 0, total: 0, now: 0, bursts: 0 };
  let [read, wait] = [length > 0 ? (tokens[0] ?? 0) : 0, Infinity];
  for (let i = 1; i < length; i += 1) {
    const gap = waits[i] ?? 0;
    if (gap > 0) {
      addRead(found, read, wait);
      read = 0;
      wait = gap;
    }
    read += tokens[i] ?? 0;
  }
  addRead(found, read, wait);
  endBurst(found);
  return found;
}

interface Found {
  first: number;
  largest: number;
  total: number;
  /** Tokens of the present one, and how many there were before. */
  now: number;
  bursts: number;
}

function addRead(found: Found, tokens: number, wait: number): void {
  if (wait >= TOGETHER && wait >= TOGETHER_PER_TOKEN * tokens) endBurst(found);
  found.now += tokens;
  found.total += tokens;
}

function endBurst(found: Found): void {
  if (found.now === 0) return;
  if (found.bursts === 0) found.first = found.now;
  found.largest = Math.max(found.largest, found.now);
  found.bursts += 1;
  found.now = 0;
}
