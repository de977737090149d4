/** By what a sweep that was interrupted is known to be of the same. */
import type { SweepDocument } from "../../judge/sweep/sweep.ts";
import { canonicalJson, planHash, sha256 } from "../../scenario/hash.ts";
import type { TargetSpec } from "../../target/spec.ts";
import type { CellRequest } from "./cell-request.ts";

/** Equal for sweeps that would measure the same work on the same servers, and judge it alike. */
export function sweepKey(
  cells: readonly CellRequest[],
  judged: Pick<SweepDocument, "repeats" | "objective" | "limits" | "plimsoll">,
): string {
  const work = cells.map(({ setting, request }) => ({
    setting,
    plan: planHash(request.plan),
    server: told(request.target.spec),
    api: request.api,
    ...{ gates: request.validityLimits, idle: request.idleBefore, accounting: request.accounting },
  }));
  const { repeats, objective, limits, plimsoll } = judged;
  return sha256(canonicalJson({ work, repeats, objective, limits, plimsoll }));
}

/** Without keys: a key may change from one day to the next, and is not to be kept, even hashed. */
function told(spec: TargetSpec): object {
  if (spec.kind === "remote") return { kind: spec.kind, url: new URL(spec.url).origin };
  const { apiKey, ...rest } = spec;
  return { ...rest, guarded: apiKey !== undefined };
}
