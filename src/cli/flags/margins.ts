/** `--margin ttft.p95=8%`: how much worse is still accepted. */
import { usageError } from "../../core/errors.ts";
import type { Margins } from "../../judge/compare/gather.ts";
import type { Flags, FlagTable } from "./flags.ts";

export const COMPARE_FLAGS = {
  margin: {
    kind: "text",
    value: "FIGURE=SIZE",
    repeats: true,
    about: "how much worse is accepted: ttft.p95=8%, ttft=10%; may be repeated",
  },
  vary: {
    kind: "text",
    value: "FIELD",
    repeats: true,
    about: "a difference that is what is being tested: server.build, server; may be repeated",
  },
} as const satisfies FlagTable;

/** @throws usage errors; whether the figures exist is checked against the rules */
export function marginsOf(flags: Flags): Margins {
  const pairs = Object.entries(flags.pairs("margin", "="));
  return Object.fromEntries(pairs.map(([name, text]) => [name.replace(".", " "), sizeOf(text)]));
}

function sizeOf(text: string): number {
  const [, digits, percent] = /^(\d*\.?\d+)\s*(%?)$/.exec(text) ?? [];
  const size = Number(digits) / (percent === "%" ? 100 : 1);
  if (digits !== undefined && size > 0 && size <= 10) return size;
  throw usageError(
    `--margin: "${text}" is not a size of change`,
    "Write 8% (or 0.08): larger than 0, for error rates in percentage points.",
  );
}
