/** `plimsoll plan`: replicas, utilization, money and energy, from what one server carries. */
import { resolve } from "node:path";
import { exitCodes, usageError } from "../../core/errors.ts";
import type { CapacityBasis } from "../../judge/capacity/plan-basis.ts";
import { planEstimate } from "../../judge/capacity/plan-estimate.ts";
import { renderPlanEstimate } from "../../report/plan/plan-estimate-text.ts";
import { renderPlanPage } from "../../report/plan/plan-page.ts";
import { searchedBasis } from "../stored/capacity-basis.ts";
import { above0, sizingWishes } from "../flags/sizing-flags.ts";
import type { Call } from "../command.ts";
import { writePageFile } from "../reports/page-file.ts";
import { wantsColor } from "../world.ts";

export async function plan(call: Call): Promise<number> {
  const { flags, world } = call;
  const wishes = sizingWishes(flags);
  const estimate = planEstimate(await basisOf(call), wishes);
  await writePageFile(call, (...made) => renderPlanPage(estimate, ...made));
  if (flags.on("json")) {
    world.stdout.write(`${JSON.stringify(estimate, null, 2)}\n`);
  } else {
    const color = wantsColor(world.stdout, world.env, flags.on("no-color"));
    world.stdout.write(renderPlanEstimate(estimate, { color, width: world.stdout.columns }));
  }
  return exitCodes.passed;
}

/** @throws usage errors */
async function basisOf({ positionals, flags, world }: Call): Promise<CapacityBasis> {
  const [wanted] = positionals;
  const value = above0(flags, "capacity");
  if ((wanted === undefined) === (value === undefined)) {
    throw usageError(
      "plan: give the result of a capacity search, or --capacity, one of them",
      "plimsoll plan reports/<id>/capacity.json --peak 40, or plimsoll plan --capacity 12 --peak 40",
    );
  }
  if (value !== undefined) return { by: "rate", capacity: { value } };
  const out = resolve(world.cwd, flags.text("out") ?? "reports");
  return searchedBasis(wanted ?? "", { cwd: world.cwd, out });
}
