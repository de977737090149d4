/** A search for the capacity as it stands: its document, and the page that shows it. */
import { join } from "node:path";
import type { CapacityDocument } from "../../judge/capacity/capacity.ts";
import { renderCapacityPage } from "../../report/capacity/capacity-page.ts";
import { capacityDirectory, writeCapacity } from "../../store/capacities.ts";
import { writeFileAtomically } from "../../store/write-file.ts";
import type { World } from "../world.ts";
import { bestEffort } from "./best-effort.ts";
import { reportAssets } from "./report-assets.ts";

export async function keepCapacity(
  out: string,
  document: CapacityDocument,
  world: World,
): Promise<void> {
  await writeCapacity(out, document);
  const page = renderCapacityPage(document, reportAssets(world));
  await bestEffort(world, () => writeFileAtomically(capacityPage(out, document.id), page));
}

export function capacityPage(out: string, id: string): string {
  return join(capacityDirectory(out, id), "capacity.html");
}
