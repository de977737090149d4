/** Where a sweep is kept, and by what one that was interrupted is known to be of the same. */
import { join } from "node:path";
import { SWEEP_SCHEMA, type SweepDocument } from "../../judge/sweep/sweep.ts";
import { renderSweepPage } from "../../report/sweep/sweep-page.ts";
import { canonicalJson, planHash, sha256 } from "../../scenario/hash.ts";
import { writeFileAtomically } from "../../store/write-file.ts";
import type { TargetSpec } from "../../target/spec.ts";
import { keepSitting, type SittingKind } from "../../store/session-files.ts";
import { reportAssets } from "./conclude.ts";
import type { World } from "../world.ts";
import type { CellOrder } from "../flags/cell-requests.ts";

export const SWEEP: SittingKind<SweepDocument> = {
  word: "sweep",
  file: "sweep.json",
  schema: SWEEP_SCHEMA,
  unfinished: ["interrupted", "open", "budget", "target_failed"],
};

/** Equal for sweeps that would measure the same work on the same servers, and judge it alike. */
export function sweepKey(
  cells: readonly CellOrder[],
  judged: Pick<SweepDocument, "repeats" | "objective" | "limits" | "plimsoll">,
): string {
  const work = cells.map(({ setting, order }) => ({
    setting,
    plan: planHash(order.plan),
    server: told(order.target.spec),
    api: order.api,
    ...{ gates: order.validityLimits, idle: order.idleBefore, accounting: order.accounting },
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

export function sweepDirectory(out: string, id: string): string {
  return join(out, id);
}

/** The document, and the page that shows it. */
export async function keepSweep(out: string, document: SweepDocument, world: World): Promise<void> {
  await keepSitting(out, SWEEP, document);
  const page = renderSweepPage(document, reportAssets(world));
  await writeFileAtomically(join(sweepDirectory(out, document.id), "sweep.html"), page);
}
