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
import { HEALTH_WINDOW } from "../core/metrics.ts";
import type { Sample } from "../core/telemetry-lines.ts";

/** Spacing of the event-loop probes, ms; a probe's own spacing is not delay, and is taken off. */
const PROBE_SPACING = 10;

/**
 * Starts sampling; returns how to stop. Each window gives one sample of each metric. The first and
 * the last moment give a sample of the longest standstill too, so that a window that never came is
 * seen to be missing: a thread that stands still cannot say so.
 */
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

  const write = (at: number, metric: string, value: number): void => {
    record({ type: "sample", at, source, metric, value: Math.round(value * 1e4) / 1e4 });
  };
  const writeStall = (at: number): void => {
    write(at, "event_loop_stall", Math.max(0, delays.max / 1e6 - PROBE_SPACING));
  };
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  let windowStart = clock.now();
  writeStall(windowStart);
  const timer = setInterval(() => {
    const at = clock.now();
    const now = performance.eventLoopUtilization();
    const busy = performance.eventLoopUtilization(now, before).utilization;
    write(at, "event_loop_utilization", busy);
    if (delays.count > 0) {
      write(at, "event_loop_delay", Math.max(0, delays.percentile(99) / 1e6 - PROBE_SPACING));
    }
    writeStall(at);
    write(at, "gc_share", Math.min(1, collecting / (at - windowStart)));
    before = now;
    windowStart = at;
    collecting = 0;
    delays.reset();
  }, HEALTH_WINDOW);
  timer.unref();
  return () => {
    writeStall(clock.now());
    clearInterval(timer);
    delays.disable();
    collections.disconnect();
  };
}
