/** Trees of files as drivers show them under /sys, in a folder of their own. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { originNow, systemClock } from "../../../src/core/clock.ts";
import type { Found, ProbeContext, Source } from "../../../src/observe/source.ts";
import { scratchFolder } from "../../support/scratch.ts";

export type Tree = Readonly<Record<string, string | number>>;

/** @returns the root */
export function plant(tree: Tree): string {
  const root = scratchFolder("sys");
  write(root, tree);
  return root;
}

export function write(root: string, tree: Tree): void {
  for (const [path, content] of Object.entries(tree)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${String(content)}\n`);
  }
}

export function contextOn(root: string, more: Partial<ProbeContext> = {}): ProbeContext {
  return { clock: systemClock(originNow()), env: {}, root, platform: "linux", ...more };
}

/** A clock that stands still until it is set. */
export function handClock(): { at: number; now(): number; sleepUntil(): Promise<void> } {
  return {
    at: 0,
    now() {
      return this.at;
    },
    sleepUntil: () => Promise.resolve(),
  };
}

export function sourceIn(found: Found): Source {
  if ("unavailable" in found) throw new Error(found.unavailable.reason);
  return found.source;
}

export function reasonIn(found: Found): string {
  if ("source" in found) throw new Error("it was found");
  return found.unavailable.reason;
}

/** Values of all tiers, by label of the readings. */
export async function valuesBySource(
  source: Source,
): Promise<Readonly<Record<string, Readonly<Record<string, number | undefined>>>>> {
  const all: Record<string, Record<string, number | undefined>> = {};
  for (const tier of source.tiers) {
    for (const reading of await source.read(tier)) {
      all[reading.source] = { ...all[reading.source], ...reading.values };
    }
  }
  return all;
}
