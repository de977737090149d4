/** `plimsoll plan`: replicas, utilization, money and energy, from what one server carries. */
import { resolve } from "node:path";
import { exitCodes, usageError } from "../../core/errors.ts";
import type { CapacityBasis } from "../../judge/capacity/plan-basis.ts";
import { planEstimate } from "../../judge/capacity/plan-estimate.ts";
import { renderPlanEstimate } from "../../report/plan/plan-estimate-text.ts";
import { renderPlanPage } from "../../report/plan/plan-page.ts";
import { searchedBasis } from "../stored/capacity-basis.ts";
import { above0, SIZING_FLAGS, sizingWishes } from "../flags/sizing-flags.ts";
import type { Call, Command } from "../command.ts";
import { PAGE_FLAG, writePageFile } from "../reports/page-file.ts";
import { wantsColor } from "../world.ts";

export const plan: Command = {
  usage: "plan [capacity.json | id] --peak LOAD [flags]",
  about: `How many replicas a service needs, how busy they are, what they cost and when to add one:
from a result of \`plimsoll capacity\`, or from --capacity. Every figure has the interval that follows
from the capacity's own; everything taken for granted is said. What has no price is left out.`,
  flags: {
    ...SIZING_FLAGS,
    out: { kind: "text", value: "DIR", about: "folder of results (default reports)" },
    ...PAGE_FLAG,
    json: { kind: "switch", about: "print it as JSON on stdout" },
    "no-color": { kind: "switch", about: "no colour (NO_COLOR is honoured too)" },
  },
  positionals: ["[capacity.json | id]"],
  examples: [
    "plimsoll plan --capacity 900 --peak 10000 --growth 50% --margin 25%",
    "plimsoll plan reports/20261121-160000-capacity-steady-a1b2c3 --peak 40 --gpu-hour-price 2.5",
  ],
  async run(call) {
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
  },
};

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
