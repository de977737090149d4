/** Where a search is kept, and where one that was interrupted is found again. */
import { join } from "node:path";
import { CAPACITY_SCHEMA, type CapacityDocument } from "../../judge/capacity/capacity.ts";
import { renderCapacityPage } from "../../report/capacity/capacity-page.ts";
import { writeFileAtomically } from "../../store/write-file.ts";
import { keepSitting, readSitting, type SittingKind } from "../../store/session-files.ts";
import { reportAssets } from "./conclude.ts";
import type { World } from "../world.ts";

export const CAPACITY: SittingKind<CapacityDocument> = {
  word: "capacity",
  file: "capacity.json",
  schema: CAPACITY_SCHEMA,
  unfinished: ["interrupted", "open"],
};

export function capacityDirectory(out: string, id: string): string {
  return join(out, id);
}

/** The document, and the page that shows it. */
export async function keepCapacity(
  out: string,
  document: CapacityDocument,
  world: World,
): Promise<void> {
  await keepSitting(out, CAPACITY, document);
  const page = renderCapacityPage(document, reportAssets(world));
  await writeFileAtomically(capacityPage(out, document.id), page);
}

export function capacityPage(out: string, id: string): string {
  return join(capacityDirectory(out, id), "capacity.html");
}

/** Undefined when there is none, or of another schema. */
export async function readCapacity(directory: string): Promise<CapacityDocument | undefined> {
  return readSitting(directory, CAPACITY);
}
