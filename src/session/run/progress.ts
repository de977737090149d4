/** Who is told how a run goes on, while it does. */
import type { Clock } from "../../core/clock.ts";
import type { PhaseMark, RunLine } from "../../core/records.ts";
import type { VuCounts } from "../../load/worker-pool.ts";
import type { Plan } from "../../scenario/plan.ts";

export interface Progress {
  /** Whether anything is shown. */
  readonly shown: boolean;
  begin(run: string): void;
  /** What is being done before and after the traffic. */
  say(text: string): void;
  /** Something to remember: it stays on the terminal. */
  tell(text: string): void;
  traffic(traffic: WatchedTraffic): void;
  lines(lines: readonly RunLine[]): void;
  end(): void;
}

export interface WatchedTraffic {
  readonly plan: Plan;
  readonly marks: readonly PhaseMark[];
  readonly clock: Clock;
  readonly vus: () => VuCounts;
  /** Thresholds that fail so far, as written. */
  readonly failing: () => readonly string[];
}
