/** Hashes by which plans are told apart. */
import { createHash } from "node:crypto";
import type { Plan } from "./plan.ts";

/** SHA-256, hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** SHA-256 of the plan's canonical JSON; files count by their content, not by where they lie. */
export function planHash(plan: Plan): string {
  return sha256(
    canonicalJson(plan, (value) => ("fileHash" in value ? { ...value, file: undefined } : value)),
  );
}

/**
 * JSON without white space and with sorted keys, so that equal values have equal texts.
 *
 * @param replace what to write for an object
 */
export function canonicalJson(
  value: unknown,
  replace: (value: object) => object = (same) => same,
): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(replace(inner)).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
