/** `--validity`: limits of validity gates of one's own. */
import type { FlagTable } from "./flags.ts";

export const VALIDITY_FLAG = {
  validity: {
    kind: "text",
    value: "GATE=LIMIT",
    repeats: true,
    about:
      "another limit of a validity gate: LIMIT (invalid beyond it),\nWARN/LIMIT, or off; may be repeated",
  },
} as const satisfies FlagTable;
