/** What a person gets to see of a search for the capacity: on stdout. */
import { relative } from "node:path";
import type { CapacityDocument } from "../../judge/capacity/capacity.ts";
import { renderCapacity } from "../../report/capacity/capacity-text.ts";
import type { Flags } from "../flags/flags.ts";
import { capacityPage } from "../reports/keep-capacity.ts";
import { wantsColor, type World } from "../world.ts";

/** @param out the folder in which the search's own folder is; nothing when JSON was asked for */
export function showCapacity(
  document: CapacityDocument,
  out: string,
  { flags, world }: { readonly flags: Flags; readonly world: World },
): void {
  if (flags.on("json")) return;
  const color = wantsColor(world.stdout, world.env, flags.on("no-color"));
  const page = relative(world.cwd, capacityPage(out, document.id));
  const options = { color, width: world.stdout.columns, report: page };
  world.stdout.write(`${renderCapacity(document, options)}\n`);
}

export function capacityJson(document: CapacityDocument): string {
  return JSON.stringify(document, null, 2);
}
