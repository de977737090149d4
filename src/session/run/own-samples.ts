/** Samples of ourselves that only the main thread can take, while traffic runs. */
import type { Clock } from "../../core/clock.ts";
import type { RunLine } from "../../core/records.ts";
import type { VuCounts } from "../../load/worker-pool.ts";
import { throttlingReader } from "../../observe/cpu-throttling.ts";

/** ms. The number at work tells a search for the capacity that a queue grows: within seconds. */
const VUS_INTERVAL = 250;
const THROTTLING_INTERVAL = 1000;

/** Starts sampling; returns how to stop. */
export function sampleOurselves(
  clock: Clock,
  vus: () => VuCounts,
  record: (lines: readonly RunLine[]) => void,
): () => void {
  const throttled = throttlingReader();
  const takeVus = (): void => {
    const at = clock.now();
    const { active, allocated } = vus();
    record([
      { type: "sample", at, source: "crew", metric: "vus", value: active },
      { type: "sample", at, source: "crew", metric: "vus_max", value: allocated },
    ]);
  };
  const takeThrottling = (): void => {
    const at = clock.now();
    const share = throttled();
    if (share === undefined) return;
    const value = Math.round(share * 1e4) / 1e4;
    record([{ type: "sample", at, source: "client", metric: "cpu_throttled_share", value }]);
  };
  const timers = [
    setInterval(takeVus, VUS_INTERVAL),
    setInterval(takeThrottling, THROTTLING_INTERVAL),
  ];
  return () => {
    timers.forEach(clearInterval);
  };
}
