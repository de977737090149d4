/** The cells of a sweep, and the order in which they are measured. */
import { randomStream } from "../../core/random.ts";

/** One varied thing and the values it takes, as they were written. */
export interface Axis {
  readonly key: string;
  readonly values: readonly string[];
}

/** What every varied thing is in one cell. */
export type Setting = Readonly<Record<string, string>>;

/** Every combination, the last axis changing fastest. */
export function settingsOf(axes: readonly Axis[]): readonly Setting[] {
  return axes.reduce<readonly Setting[]>(
    (settings, { key, values }) =>
      settings.flatMap((setting) => values.map((value) => ({ ...setting, [key]: value }))),
    [{}],
  );
}

/** One measurement of a cell. */
export interface Visit {
  /** Place in the grid, from 0. */
  readonly cell: number;
  /** From 0. */
  readonly repeat: number;
}

/**
 * Every cell once in random order, then again for the next repeat (a randomized complete block
 * design), so that what drifts over the session (heat, other users) is no difference between cells.
 * Fisher and Yates, from the seed alone.
 */
export function visitsOf(cells: number, repeats: number, seed: number): readonly Visit[] {
  return Array.from({ length: repeats }, (_, repeat) =>
    shuffled(cells, seed, repeat).map((cell) => ({ cell, repeat })),
  ).flat();
}

function shuffled(count: number, seed: number, round: number): readonly number[] {
  const order = Array.from({ length: count }, (_, at) => at);
  const random = randomStream(seed, "sweep", round);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = random.integer(last + 1);
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  return order;
}

/** `server.parallel=4 concurrency=8`. */
export function settingText(setting: Setting): string {
  return Object.entries(setting)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
}
