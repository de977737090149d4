/**
 * The process that calls the NVIDIA driver's library. It is one of its own because a driver may
 * hang or crash, and a thread that hangs in a driver can neither be ended nor left behind: the run
 * would never end. This process can be killed.
 */
import { systemClock } from "../../../core/clock.ts";
import { messageOf } from "../../../core/errors.ts";
import { growth } from "../../rate.ts";
import type { Reading, Source } from "../../source.ts";
import {
  MONOTONIC,
  NVML_COST,
  type NvmlReply,
  type NvmlRequest,
  type NvmlTask,
} from "./nvml-messages.ts";
import { nvmlProbe } from "./nvml.ts";

const clock = systemClock(MONOTONIC);
const task = JSON.parse(process.argv[2] ?? "{}") as NvmlTask;

const say = (reply: NvmlReply): void => {
  process.send?.(reply);
};

process.on("disconnect", () => {
  process.exit();
});
// Ctrl-C in a terminal goes to all of its processes; ours ends with the one that asked for it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

const found = await nvmlProbe({ clock, env: process.env, platform: process.platform, ...task });
if ("unavailable" in found) {
  say({ type: "unavailable", unavailable: found.unavailable });
  process.disconnect();
} else serve(found.source);

function serve(source: Source): void {
  const coresUsed = growth();
  coresUsed(clock.now(), cpuTime());
  const cost = (): Reading => {
    const at = clock.now();
    return { source: NVML_COST, at, values: { proc_cpu: coresUsed(at, cpuTime()) } };
  };
  process.on("message", ({ id, tier }: NvmlRequest) => {
    void answer(source, id, tier, cost);
  });
  say({ type: "found", facts: source.facts, fingerprint: source.fingerprint ?? {} });
}

async function answer(
  source: Source,
  id: number,
  tier: NvmlRequest["tier"],
  cost: () => Reading,
): Promise<void> {
  try {
    const readings = await source.read(tier);
    if (tier === "fast") say({ type: "readings", id, readings });
    else say({ type: "readings", id, readings: [...readings, cost()], facts: source.facts });
  } catch (thrown) {
    say({ type: "error", id, message: messageOf(thrown) });
  }
}

/** CPU time of this process, ms. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}
