/**
 * Looks on while a level is measured: which requests were good, and whether the queue grows. Stands
 * where the progress of a run stands, since that is where lines and virtual users are seen.
 */
import type { IterationRecord, PhaseMark, RequestRecord, RunLine } from "../../core/records.ts";
import { admissionOf, type Admission } from "../../judge/capacity/admission.ts";
import { isSaturated, type FlightReading } from "../../judge/capacity/saturation.ts";
import { isCensored, requestValues, sloMet } from "../../judge/collect/request-values.ts";
import type { Served } from "../../judge/capacity/search.ts";
import { settlingOf } from "../../judge/capacity/settling.ts";
import type { Span } from "../../judge/collect/spans.ts";
import type { SloPlan } from "../../scenario/plan.ts";
import type { Progress, WatchedTraffic } from "../../cli/terminal/progress.ts";

/** Between two looks at the requests in flight, ms. */
const INTERVAL = 250;
const LEVEL = "level";

export interface LevelWatch {
  readonly progress: Progress;
  readonly saturated: () => boolean;
  /** Of the level's own phase, in the order in which they were due. */
  readonly good: () => readonly boolean[];
  /** Mean time of a request, ms. */
  readonly duration: () => number | undefined;
  /** When the traffic became steady, ms from its start; undefined when the queue grew. */
  readonly settled: () => number | undefined;
  /** Undefined when no request was turned away. */
  readonly admission: () => Admission | undefined;
  /** Undefined in a closed loop, and where nothing began. */
  readonly served: () => Served | undefined;
}

/** What is known of a level that is being measured. */
interface Seen {
  readonly records: RequestRecord[];
  readonly iterations: IterationRecord[];
  /** Of the level without its warm-up. */
  readonly readings: FlightReading[];
  /** The whole of it, warm-up included. */
  traffic?: Span;
  /** When its warm-up was over. */
  begun?: number;
  saturated: boolean;
}

/**
 * @param rate arrivals per second; undefined in a closed loop, which has no growing queue
 * @param onSaturated called once, when the queue grows without end
 */
export function watchLevel({ slo, rate }: WatchNeeds, onSaturated: () => void): LevelWatch {
  const seen: Seen = { records: [], iterations: [], readings: [], saturated: false };
  let timer: NodeJS.Timeout | undefined;
  const look = ({ clock, vus }: WatchedTraffic): void => {
    const at = clock.now();
    if (seen.begun === undefined || at < seen.begun || rate === undefined || seen.saturated) return;
    seen.readings.push({ at, inFlight: vus().active });
    seen.saturated = isSaturated(seen.readings, rate);
    if (seen.saturated) onSaturated();
  };
  const ignore = (): void => undefined;
  return {
    progress: {
      shown: false,
      begin: ignore,
      say: ignore,
      tell: ignore,
      traffic: (traffic) => {
        noteMarks(traffic.marks, seen);
        timer = setInterval(look, INTERVAL, traffic);
      },
      lines: (lines: readonly RunLine[]) => {
        for (const line of lines) {
          if (line.type === "request" && line.phase === LEVEL) seen.records.push(line);
          if (line.type === "iteration") seen.iterations.push(line);
        }
      },
      end: () => {
        clearInterval(timer);
      },
    },
    saturated: () => seen.saturated,
    good: () => goodOf(seen.records, slo, seen.saturated),
    duration: () => meanDuration(seen.records),
    settled: () => settledIn(seen, rate === undefined ? "concurrency" : "rate"),
    admission: () => admissionOf(seen.records),
    served: () => servedIn(seen, rate),
  };
}

function noteMarks(marks: readonly PhaseMark[], seen: Seen): void {
  const begun = marks.find(({ name }) => name === LEVEL)?.start;
  if (begun === undefined) return;
  seen.begun = begun;
  seen.traffic = {
    start: Math.min(...marks.map(({ start }) => start)),
    end: Math.max(...marks.map(({ end }) => end)),
  };
}

function settledIn(
  { traffic, iterations, saturated }: Seen,
  by: "rate" | "concurrency",
): number | undefined {
  if (traffic === undefined || saturated) return undefined;
  // What was cut off was in flight until the end.
  const stays = iterations.flatMap(({ started, ended = traffic.end }) =>
    started === undefined ? [] : [{ start: started, end: ended }],
  );
  return settlingOf(stays, traffic, by);
}

function servedIn(
  { traffic, begun, saturated, readings, iterations }: Seen,
  rate: number | undefined,
): Served | undefined {
  if (rate === undefined || begun === undefined) return undefined;
  const until = saturated ? readings.at(-1)?.at : traffic?.end;
  return servedOf(iterations, rate, { from: begun, until: until ?? begun });
}

export interface WatchNeeds {
  readonly slo: SloPlan;
  readonly rate: number | undefined;
}

/**
 * A request that the end of the level cut off is not judged, unless the queue was growing: then it
 * would have waited longer than any that came through.
 */
function goodOf(
  records: readonly RequestRecord[],
  slo: SloPlan,
  saturated: boolean,
): readonly boolean[] {
  const judged = saturated ? records : records.filter((record) => !isCensored(record));
  return [...judged]
    .sort((a, b) => dueAt(a) - dueAt(b))
    .map(
      (record) => record.outcome.ok && sloMet(record, requestValues(record), slo).every(Boolean),
    );
}

/** What ended in a window of the run's clock, ms, whenever it was due, over what began in it. */
export function servedOf(
  iterations: readonly IterationRecord[],
  rate: number,
  { from, until }: { readonly from: number; readonly until: number },
): Served | undefined {
  const within = (at: number | undefined): boolean => at !== undefined && at >= from && at < until;
  const begun = iterations.filter(({ started }) => within(started)).length;
  // A script that throws has its answer all the same; only what we cut off has none.
  const ended = iterations.filter(
    (one) => one.outcome !== "interrupted" && within(one.ended),
  ).length;
  if (begun === 0 || until <= from) return undefined;
  return { perSecond: (rate * ended) / begun, seconds: (until - from) / 1000 };
}

function dueAt({ scheduled, sent }: RequestRecord): number {
  return scheduled ?? sent;
}

function meanDuration(records: readonly RequestRecord[]): number | undefined {
  const ended = records.filter(({ outcome }) => outcome.ok);
  const sum = ended.reduce((total, record) => total + record.ended - record.sent, 0);
  return ended.length === 0 ? undefined : sum / ended.length;
}
