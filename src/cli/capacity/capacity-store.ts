/** Where a search is kept, and where one that was interrupted is found again. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { CAPACITY_SCHEMA, type CapacityDocument } from "../../judge/capacity/capacity.ts";
import { writeJsonAtomically } from "../../store/write-file.ts";

const FILE = "capacity.json";

export function capacityDirectory(out: string, id: string): string {
  return join(out, id);
}

export async function keepCapacity(out: string, document: CapacityDocument): Promise<void> {
  await writeJsonAtomically(join(capacityDirectory(out, document.id), FILE), document);
}

/** Undefined when there is none, or of another schema. */
export async function readCapacity(directory: string): Promise<CapacityDocument | undefined> {
  try {
    const text = await readFile(join(directory, FILE), "utf8");
    const value = JSON.parse(text) as Omit<CapacityDocument, "schema"> & { schema: string };
    return value.schema === CAPACITY_SCHEMA ? { ...value, schema: CAPACITY_SCHEMA } : undefined;
  } catch {
    return undefined; // no capacity search, or one whose file was damaged from outside
  }
}

/** The newest search for the same that did not come to its end. */
export async function findUnfinished(
  out: string,
  same: (document: CapacityDocument) => boolean,
): Promise<CapacityDocument | undefined> {
  const names = await readdir(out).catch(() => []);
  const found: CapacityDocument[] = [];
  for (const name of names.filter((one) => one.includes("capacity"))) {
    const document = await readCapacity(join(out, name));
    const open = document?.outcome.end === "interrupted" || document?.outcome.end === "open";
    if (document !== undefined && open && same(document)) found.push(document);
  }
  return found.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))[0];
}
