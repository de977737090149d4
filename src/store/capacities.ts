/** Searches for a capacity: `capacity.json` in the folder of the search. */
import { join } from "node:path";
import { CAPACITY_SCHEMA, type CapacityDocument } from "../judge/capacity/capacity.ts";
import { writeSession, readSession, type SessionKind } from "./session-files.ts";

export const CAPACITY: SessionKind<CapacityDocument> = {
  word: "capacity",
  file: "capacity.json",
  schema: CAPACITY_SCHEMA,
  unfinished: ["interrupted", "open"],
};

export function capacityDirectory(out: string, id: string): string {
  return join(out, id);
}

export async function writeCapacity(out: string, document: CapacityDocument): Promise<void> {
  await writeSession(out, CAPACITY, document);
}

/** Undefined when there is none, or of another schema. */
export async function readCapacity(directory: string): Promise<CapacityDocument | undefined> {
  return readSession(directory, CAPACITY);
}
