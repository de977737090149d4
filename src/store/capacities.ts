/** Searches for a capacity: `capacity.json` in the folder of the search. */
import { join } from "node:path";
import { CAPACITY_SCHEMA, type CapacityDocument } from "../judge/capacity/capacity.ts";
import { keepSitting, readSitting, type SittingKind } from "./session-files.ts";

export const CAPACITY: SittingKind<CapacityDocument> = {
  word: "capacity",
  file: "capacity.json",
  schema: CAPACITY_SCHEMA,
  unfinished: ["interrupted", "open"],
};

export function capacityDirectory(out: string, id: string): string {
  return join(out, id);
}

export async function writeCapacity(out: string, document: CapacityDocument): Promise<void> {
  await keepSitting(out, CAPACITY, document);
}

/** Undefined when there is none, or of another schema. */
export async function readCapacity(directory: string): Promise<CapacityDocument | undefined> {
  return readSitting(directory, CAPACITY);
}
