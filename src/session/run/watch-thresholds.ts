/**
 * The thresholds of a run that still goes on: judged every two seconds, as k6 does, with the very
 * arithmetic that judges the run in the end. Done on the main thread, which times nothing.
 */
import type { Clock } from "../../core/clock.ts";
import type { RunHeader, RunLine } from "../../core/records.ts";
import { Collector } from "../../judge/collect/collector.ts";
import type { ThresholdResult } from "../../judge/outcome-summaries.ts";

const INTERVAL = 2000;
/** Judging may take a long run's main thread at most one part in so many of its time. */
const MODESTY = 20;

export interface ThresholdWatch {
  take(lines: readonly RunLine[]): void;
  /** Traffic starts at this moment of the clock. */
  start(at: number): void;
  /** Thresholds that fail as of the last look, as written. */
  failing(): readonly string[];
  end(): void;
}

/**
 * @param onAbort called once, with what failed, when a threshold with `abortOnFail` does after its
 * `delayAbortEval` (counted from the start of the traffic)
 */
export function watchThresholds(
  header: RunHeader,
  clock: Clock,
  onAbort: (message: string) => void,
): ThresholdWatch {
  const collector = new Collector(header);
  const { thresholds } = collector.plan;
  let failing: readonly string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let aborted = false;
  const look = (started: number): void => {
    const now = clock.now();
    // In the order of the plan, so that a result is known by its place.
    const results = collector.thresholds(now);
    failing = results.filter(({ status }) => status === "failed").map(nameOf);
    const fatal = results.filter(
      ({ status, abortOnFail }, i) =>
        status === "failed" &&
        abortOnFail &&
        now - started >= (thresholds[i]?.delayAbortEval ?? Infinity),
    );
    if (fatal.length > 0 && !aborted) {
      aborted = true;
      onAbort(fatal.map(explain).join("; "));
    }
    timer = setTimeout(look, Math.max(INTERVAL, MODESTY * (clock.now() - now)), started);
  };
  return {
    take: (lines) => {
      for (const line of lines) collector.add(line);
    },
    start: (at) => {
      timer = setTimeout(look, at - clock.now() + INTERVAL, at);
    },
    failing: () => failing,
    end: () => {
      clearTimeout(timer);
    },
  };
}

function nameOf({ key, source }: ThresholdResult): string {
  return `${key}: ${source}`;
}

function explain(result: ThresholdResult): string {
  const { value = NaN, unit = "ratio" } = result;
  const measured = `${Number(value.toPrecision(4))}${unit === "ratio" ? "" : ` ${unit}`}`;
  return `threshold ${nameOf(result)} fails: ${measured} so far`;
}
