/** Samples of ourselves that only the main thread can take, while traffic runs. */
import { uptime } from "node:os";
import type { Clock } from "../../core/clock.ts";
import type { RunLine } from "../../core/records.ts";
import type { VuCounts } from "../../load/worker-pool.ts";
import { throttlingReader } from "../../observe/cpu-throttling.ts";

/** ms. The number at work tells a search for the capacity that a queue grows: within seconds. */
const VUS_INTERVAL = 250;
const CLIENT_INTERVAL = 1000;

/** Starts sampling; returns how to stop. */
export function sampleOurselves(
  clock: Clock,
  vus: () => VuCounts,
  record: (lines: readonly RunLine[]) => void,
): () => void {
  const throttled = throttlingReader();
  const suspended = suspensionReader(clock);
  const takeVus = (): void => {
    const at = clock.now();
    const { active, allocated } = vus();
    record([
      { type: "sample", at, source: "crew", metric: "vus", value: active },
      { type: "sample", at, source: "crew", metric: "vus_max", value: allocated },
    ]);
  };
  const takeClient = (): void => {
    const at = clock.now();
    record([{ type: "sample", at, source: "client", metric: "suspended", value: suspended() }]);
    const share = throttled();
    if (share === undefined) return;
    const value = Math.round(share * 1e4) / 1e4;
    record([{ type: "sample", at, source: "client", metric: "cpu_throttled_share", value }]);
  };
  const timers = [setInterval(takeVus, VUS_INTERVAL), setInterval(takeClient, CLIENT_INTERVAL)];
  return () => {
    timers.forEach(clearInterval);
  };
}

/** Below this the two clocks differ by their resolution: some systems tell whole seconds. Ms. */
const LEAST_SUSPENSION = 1500;

/**
 * For how long the machine was suspended since the last call, ms: time passed since it was started
 * that our clock, which stands still with it, knows nothing of.
 */
export function suspensionReader(clock: Pick<Clock, "now">, sinceBoot = uptime): () => number {
  const ahead = (): number => sinceBoot() * 1000 - clock.now();
  let before = ahead();
  return () => {
    const now = ahead();
    const asleep = Math.round(now - before);
    before = now; // what the clocks drift apart in hours is no suspension
    return asleep < LEAST_SUSPENSION ? 0 : asleep;
  };
}
