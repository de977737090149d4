/** Where to begin: half of what a short closed loop gets out of the server. */
import { originNow, systemClock } from "../../core/clock.ts";
import { search } from "../probe/find-peak.ts";
import { probeRunner, type ProbeNeeds } from "../probe/probe-level.ts";
import type { LoadKind } from "./level-plan.ts";

export async function startingLoad({
  by,
  ...needs
}: Omit<ProbeNeeds, "origin"> & { readonly by: LoadKind }): Promise<number> {
  // Doubling from one user on is short enough.
  if (by === "concurrency") return 1;
  const origin = originNow();
  const clock = systemClock(origin);
  const { signal, say } = needs;
  const runLevel = await probeRunner({ ...needs, origin });
  const { peak } = await search(runLevel, { now: () => clock.now(), signal, say });
  return peak;
}
