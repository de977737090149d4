/** What the server measured of itself, in words: for the terminal and the report's tables. */
import { significant } from "../../core/units.ts";
import type { BatchSizes, Between, ServerTime } from "../../judge/machine/own-account.ts";
import type { Summary } from "../../judge/summary.ts";
import { quantity, whole } from "./quantity.ts";

const SHORT: Readonly<Record<ServerTime["name"], string>> = {
  ttft: "TTFT",
  itl: "ITL",
  tpot: "TPOT",
  e2e: "E2E",
  queue: "queue",
  prefill: "prefill",
  decode: "decode",
  inference: "inference",
  compute_input: "input",
  compute_infer: "compute",
  compute_output: "output",
  batch_size: "batch",
};

export function serverTimeLabel({ name }: ServerTime): string {
  return SHORT[name];
}

/** `TTFT 11.2 ms (seen here 12.4 ms), ITL 4.01 ms (4.05 ms), queue 0.03 ms`; undefined without any. */
export function serverTimesLine({ serverTimes = [] }: Summary): string | undefined {
  if (serverTimes.length === 0) return undefined;
  let introduced = false;
  const parts = serverTimes.map((time) => {
    const own = `${serverTimeLabel(time)} ${quantity(time.mean, "ms")}`;
    if (time.ours === undefined) return own;
    const ours = quantity(time.ours.mean, "ms");
    const seen = introduced ? ours : `seen here: ${ours}`;
    introduced = true;
    return `${own} (${seen})`;
  });
  return `${parts.join(", ")}; means`;
}

const MOST_SIZES = 6;

/** `3.2 inferences an execution on average (1: 12, 2: 30, 8: 4 executions)` */
export function batchLine({ mean, sizes }: BatchSizes): string {
  const shown = [...sizes]
    .sort((a, b) => b.executions - a.executions)
    .slice(0, MOST_SIZES)
    .sort((a, b) => a.size - b.size)
    .map(({ size, executions }) => `${whole(size)}: ${whole(executions)}`);
  const rest = sizes.length > shown.length ? ", ..." : "";
  const list = `executions by size: ${shown.join(", ")}${rest}`;
  return `${significant(mean, 3)} inferences an execution on average (${list})`;
}

/** The bucket in which a percentile lies: `10.0 to 25.0 ms`, `≤ 10.0 ms`, `> 2.56 s`. */
export function betweenText({ above, upTo }: Between): string {
  if (upTo === undefined) return above === undefined ? "–" : `> ${quantity(above, "ms")}`;
  if (above === undefined) return `≤ ${quantity(upTo, "ms")}`;
  return `${quantity(above, "ms")} to ${quantity(upTo, "ms")}`;
}
