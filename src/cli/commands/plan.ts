/** `plimsoll plan`: replicas, utilization, money and energy, from what one server carries. */
import { SIZING_FLAGS } from "../flags/sizing-flags.ts";
import type { Command } from "../command.ts";
import { PAGE_FLAG } from "../flags/output-flags.ts";

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
  run: async (call) => (await import("../actions/plan.ts")).plan(call),
};
