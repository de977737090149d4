/**
 * The health of the thread that generates load, in windows: how busy its event loop was, how late,
 * and how long garbage collection stopped it. Each thread can only see its own.
 */
import {
  PerformanceObserver,
  monitorEventLoopDelay,
  performance,
  type EventLoopUtilization,
} from "node:perf_hooks";
import type { Clock } from "../core/clock.ts";
import type { Sample } from "../core/records.ts";

/** Length of a window, ms. */
export const HEALTH_WINDOW = 1000;

/** Spacing of the event-loop probes, ms; a probe's own spacing is not delay, and is taken off. */
const PROBE_SPACING = 10;

/** Starts sampling; returns how to stop. Each window gives one sample of each metric. */
export function watchHealth(
  source: string,
  clock: Clock,
  record: (sample: Sample) => void,
): () => void {
  const delays = monitorEventLoopDelay({ resolution: PROBE_SPACING });
  delays.enable();
  let collecting = 0;
  const collections = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) collecting += entry.duration;
  });
  collections.observe({ entryTypes: ["gc"] });

  let before: EventLoopUtilization = performance.eventLoopUtilization();
  let windowStart = clock.now();
  const timer = setInterval(() => {
    const at = clock.now();
    const now = performance.eventLoopUtilization();
    const busy = performance.eventLoopUtilization(now, before).utilization;
    const sample = (metric: string, value: number): void => {
      record({ type: "sample", at, source, metric, value: Math.round(value * 1e4) / 1e4 });
    };
    sample("event_loop_utilization", busy);
    if (delays.count > 0) {
      sample("event_loop_delay", Math.max(0, delays.percentile(99) / 1e6 - PROBE_SPACING));
    }
    sample("gc_share", Math.min(1, collecting / (at - windowStart)));
    before = now;
    windowStart = at;
    collecting = 0;
    delays.reset();
  }, HEALTH_WINDOW);
  timer.unref();
  return () => {
    clearInterval(timer);
    delays.disable();
    collections.disconnect();
  };
}
