/** The flags that say what energy and machines cost, and which machines count. */
import { usageError } from "../../core/errors.ts";
import type { RunAccounting } from "../../core/records.ts";
import { present } from "../../core/present.ts";
import type { Flags, FlagTable } from "./flags.ts";

export const ACCOUNTING_FLAGS = {
  "gpu-hour-price": {
    kind: "number",
    value: "USD",
    about: "price of one GPU for an hour: tells US dollars a million output tokens",
  },
  "energy-price": {
    kind: "number",
    value: "USD",
    about: "price of a kWh: tells the energy's part of it",
  },
  pue: {
    kind: "number",
    value: "RATIO",
    about: "energy paid for / energy of the devices, 1 or more (default 1)",
  },
  gpus: {
    kind: "text",
    value: "LIST",
    about: "indices of the GPUs that the server uses (0,1), where telemetry cannot tell",
  },
} as const satisfies FlagTable;

/** How long the server is left alone before the traffic. */
export const IDLE_FLAG = {
  "idle-before": {
    kind: "duration",
    value: "TIME",
    about: "leave the server idle so long before the traffic, to tell its idle power (10s or more)",
  },
} as const satisfies FlagTable;

/** Undefined when none of the flags was given. @throws usage error */
export function accountingOf(flags: Flags): RunAccounting | undefined {
  const accounting = present({
    gpuHourPrice: flags.number("gpu-hour-price"),
    energyPrice: flags.number("energy-price"),
    pue: flags.number("pue", 1),
    gpus: gpusOf(flags.text("gpus")),
  });
  return Object.keys(accounting).length === 0 ? undefined : accounting;
}

function gpusOf(text: string | undefined): readonly number[] | undefined {
  if (text === undefined) return undefined;
  const indices = text.split(",").map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : NaN));
  if (!indices.some(Number.isNaN)) return [...new Set(indices)];
  throw usageError(
    `--gpus: expected indices separated by commas, got "${text}"`,
    "`plimsoll doctor` shows the GPUs and their indices: --gpus 0,1",
  );
}
