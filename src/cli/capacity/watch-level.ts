/**
 * Looks on while a level is measured: which requests were good, and whether the queue grows. Stands
 * where the progress of a run stands, since that is where lines and virtual users are seen.
 */
import type { RequestRecord, RunLine } from "../../core/records.ts";
import { admissionOf, type Admission } from "../../judge/capacity/admission.ts";
import { isSaturated, type FlightReading } from "../../judge/capacity/saturation.ts";
import { isCensored, requestValues, sloMet } from "../../judge/request-values.ts";
import type { SloPlan } from "../../scenario/plan.ts";
import type { Progress, WatchedTraffic } from "../run/progress.ts";

/** Between two looks at the requests in flight, ms. */
const INTERVAL = 250;
const LEVEL = "level";

export interface LevelWatch {
  readonly progress: Progress;
  readonly saturated: () => boolean;
  /** Of the level's own phase, in the order in which they were due. */
  readonly good: () => readonly boolean[];
  /** Mean time of a request so far, ms. */
  readonly duration: () => number | undefined;
  /** Undefined when no request was turned away. */
  readonly admission: () => Admission | undefined;
}

/**
 * @param rate arrivals per second; undefined in a closed loop, which has no growing queue
 * @param onSaturated called once, when the queue grows without end
 */
export function watchLevel({ slo, rate }: WatchNeeds, onSaturated: () => void): LevelWatch {
  const records: RequestRecord[] = [];
  const readings: FlightReading[] = [];
  let timer: NodeJS.Timeout | undefined;
  let saturated = false;
  const look = ({ clock, vus, marks }: WatchedTraffic): void => {
    const at = clock.now();
    const start = marks.find(({ name }) => name === LEVEL)?.start ?? Infinity;
    if (at < start || rate === undefined || saturated) return;
    readings.push({ at, inFlight: vus().active });
    saturated = isSaturated(readings, rate);
    if (saturated) onSaturated();
  };
  const ignore = (): void => undefined;
  return {
    progress: {
      shown: false,
      begin: ignore,
      say: ignore,
      tell: ignore,
      traffic: (traffic) => {
        timer = setInterval(look, INTERVAL, traffic);
      },
      lines: (lines: readonly RunLine[]) => {
        for (const line of lines)
          if (line.type === "request" && line.phase === LEVEL) records.push(line);
      },
      end: () => {
        clearInterval(timer);
      },
    },
    saturated: () => saturated,
    good: () => goodOf(records, slo, saturated),
    duration: () => meanDuration(records),
    admission: () => admissionOf(records),
  };
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

function dueAt({ scheduled, sent }: RequestRecord): number {
  return scheduled ?? sent;
}

function meanDuration(records: readonly RequestRecord[]): number | undefined {
  const ended = records.filter(({ outcome }) => outcome.ok);
  const sum = ended.reduce((total, record) => total + record.ended - record.sent, 0);
  return ended.length === 0 ? undefined : sum / ended.length;
}
