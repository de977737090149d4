/** What an estimate stands on, from a search that was kept. */
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { usageError } from "../../core/errors.ts";
import type { CapacityDocument } from "../../judge/capacity/capacity.ts";
import type { Level } from "../../judge/capacity/level.ts";
import type { CapacityBasis, PowerBasis } from "../../judge/capacity/plan-basis.ts";
import type { Figure } from "../../judge/capacity/sizing.ts";
import { told } from "../../judge/machine/usage.ts";
import { present } from "../../core/present.ts";
import type { Summary } from "../../judge/summary.ts";
import { serverName } from "../../report/text/server-name.ts";
import { readCapacity } from "../../store/capacities.ts";

/**
 * @param wanted a capacity.json, its folder, or the id of a search in `out`
 * @throws usage errors
 */
export async function searchedBasis(
  wanted: string,
  { cwd, out }: { readonly cwd: string; readonly out: string },
): Promise<CapacityBasis> {
  const { directory, document } = await findCapacityDocument(wanted, { cwd, out });
  const { outcome, by, id, scenario, target } = document;
  const best = highestHeld(document.levels);
  const capacity = capacityOf(document, best);
  return {
    by,
    capacity,
    search: {
      id,
      scenario,
      end: outcome.end,
      ...(target !== undefined && { target: serverName(target) }),
    },
    ...present({
      knee: outcome.knee,
      admittedPerSecond: outcome.policy?.admittedPerSecond,
      requestRate: best?.throughput,
      outputTokens: tokensOf(best),
      power: best === undefined ? undefined : await powerAt(directory, best),
    }),
  };
}

async function findCapacityDocument(
  wanted: string,
  { cwd, out }: { readonly cwd: string; readonly out: string },
): Promise<{ readonly directory: string; readonly document: CapacityDocument }> {
  const path = resolve(cwd, wanted);
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  const directories = isFile ? [dirname(path)] : [path, join(out, wanted)];
  if (isFile && basename(path) !== "capacity.json")
    throw usageError(`${wanted} is not a capacity.json`, "`plimsoll capacity` writes one.");
  for (const directory of directories) {
    const document = await readCapacity(directory);
    if (document !== undefined) return { directory, document };
  }
  throw usageError(
    `there is no result of a capacity search at "${wanted}"`,
    "Give a capacity.json, its folder or its id; or tell what a replica carries: --capacity 12",
  );
}

function capacityOf({ id, outcome }: CapacityDocument, best: Level | undefined): Figure {
  const { estimate, end, message } = outcome;
  if (estimate !== undefined)
    return { value: estimate.capacity, low: estimate.low, high: estimate.high };
  // The highest that was to be tried held: it is at least this.
  if (end === "above" && best !== undefined) return { value: best.load };
  throw usageError(
    `${id} found no capacity: ${message}`,
    "Search again (plimsoll capacity), or tell what a replica carries: --capacity 12",
  );
}

function highestHeld(levels: readonly Level[]): Level | undefined {
  return levels.filter(({ held, valid }) => held && valid).sort((a, b) => b.load - a.load)[0];
}

function tokensOf(level: Level | undefined): number | undefined {
  const { throughput, tokensPerSecond } = level ?? {};
  return throughput === undefined || tokensPerSecond === undefined || throughput === 0
    ? undefined
    : tokensPerSecond / throughput;
}

/** Undefined when power was not measured, or the level's run is gone. */
async function powerAt(directory: string, level: Level): Promise<PowerBasis | undefined> {
  const file = join(directory, "levels", level.run, "summary.json");
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { usage } = JSON.parse(text) as Partial<Pick<Summary, "usage">>;
  const energy = told(usage?.energy);
  if (energy === undefined) return undefined;
  const { watts, scope, devices } = energy;
  const parts = scope === "cpu" ? "the CPU packages" : `${devices} GPU${devices === 1 ? "" : "s"}`;
  return { watts, of: `measured at the highest level that held, of ${parts} alone` };
}
