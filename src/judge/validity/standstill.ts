/**
 * The longest time for which a thread that carries load, or the whole machine, stood still. A thread
 * that stands still says nothing meanwhile: a window that is missing, or longer than it should be,
 * is the evidence.
 */
import { HEALTH_WINDOW } from "../../core/metrics.ts";
import { healthSources, type SampleCollector } from "../collect/samples.ts";
import { overlap, type Span } from "../collect/spans.ts";

export interface Standstill {
  readonly ms: number;
  /** `worker-0`, ... or `client`: the machine as a whole. */
  readonly source: string;
  /** When it was over, or when the thread was last heard of, ms. */
  readonly at: number;
  readonly kind: "thread" | "silent" | "suspended";
}

/** Older files have no samples of the first kind; their windows can be missing all the same. */
const HEARD_OF = ["event_loop_stall", "event_loop_utilization"] as const;

/** Undefined where no window was sampled; of several alike the first. */
export function longestStandstill(
  samples: SampleCollector,
  windows: readonly Span[],
): Standstill | undefined {
  const series = HEARD_OF.flatMap((metric) => samples.of(metric));
  const names = [...new Set(healthSources(series).map(({ source }) => source))];
  const found = [
    ...names.flatMap((source) => standstillOf(samples, source, windows)),
    ...suspensions(samples, windows),
  ];
  return found.reduce<Standstill | undefined>(
    (worst, one) => (worst === undefined || one.ms > worst.ms ? one : worst),
    undefined,
  );
}

/** Of one thread. Its windows follow each other without a gap. */
function standstillOf(
  samples: SampleCollector,
  source: string,
  windows: readonly Span[],
): readonly Standstill[] {
  const series = HEARD_OF.flatMap((metric) => samples.find(metric, source) ?? [])[0];
  if (series === undefined) return [];
  const seen = series.metric === HEARD_OF[0] ? series.values.view() : undefined;
  const ends = series.at.view();
  const found: Standstill[] = [];
  for (let i = 1; i < ends.length; i += 1) {
    const [start = 0, end = 0] = [ends[i - 1], ends[i]];
    const ms = Math.max(seen?.[i] ?? 0, end - start - HEALTH_WINDOW);
    found.push({ source, at: end, kind: "thread", ms: Math.min(ms, overlap(windows, start, end)) });
  }
  const last = ends.at(-1) ?? 0;
  const silence = overlap(windows, last, Infinity) - HEALTH_WINDOW;
  found.push({ source, at: last, kind: "silent", ms: Math.max(0, silence) });
  return found;
}

/** The clock of a run stands still with the machine: whole windows count, however short. */
function suspensions(samples: SampleCollector, windows: readonly Span[]): readonly Standstill[] {
  return samples.of("suspended").flatMap(({ source, at, values }) => {
    const times = at.view();
    return [...values.view()].flatMap((ms, i): Standstill[] => {
      const end = times[i] ?? 0;
      const counts = overlap(windows, end - HEALTH_WINDOW, end) > 0;
      return counts ? [{ source, at: end, kind: "suspended", ms }] : [];
    });
  });
}

/** In words, for the gate. */
export function standstillReading(
  found: Standstill | undefined,
): { value: number; enough: true; detail: string } | { missing: string } {
  if (found === undefined) return { missing: "no window was sampled while measuring" };
  const { ms, source, at, kind } = found;
  const [length, moment] = [`${(ms / 1000).toFixed(1)} s`, `${(at / 1000).toFixed(1)} s`];
  const words = {
    thread: `${source}: ${length} in which its thread did nothing else, until ${moment}`,
    silent: `${source}: no sign of life for ${length} more than there should be, after ${moment}`,
    suspended: `the machine was suspended for ${length}, until ${moment}`,
  };
  return { value: ms, enough: true, detail: words[kind] };
}
