/** Samples of ourselves that only the main thread can take, once a second while traffic runs. */
import type { Clock } from "../../core/clock.ts";
import type { RunLine } from "../../core/records.ts";
import type { VuCounts } from "../../load/worker-pool.ts";
import { throttlingReader } from "../../observe/cpu-throttling.ts";

const INTERVAL = 1000;

/** Starts sampling; returns how to stop. */
export function sampleOurselves(
  clock: Clock,
  vus: () => VuCounts,
  record: (lines: readonly RunLine[]) => void,
): () => void {
  const throttled = throttlingReader();
  const take = (): void => {
    const at = clock.now();
    const { active, allocated } = vus();
    const share = throttled();
    record([
      { type: "sample", at, source: "crew", metric: "vus", value: active },
      { type: "sample", at, source: "crew", metric: "vus_max", value: allocated },
    ]);
    if (share === undefined) return;
    const value = Math.round(share * 1e4) / 1e4;
    record([{ type: "sample", at, source: "client", metric: "cpu_throttled_share", value }]);
  };
  const timer = setInterval(take, INTERVAL);
  return () => {
    clearInterval(timer);
  };
}
