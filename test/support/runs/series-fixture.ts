/** What the charts of a small, plausible run are drawn from; goes with summary-fixture.ts. */
import type { MetricName } from "../../../src/core/metrics.ts";
import { randomStream } from "../../../src/core/random.ts";
import type { FailureKind, RequestRecord } from "../../../src/core/request-record.ts";
import type { Band, Column, Curve, Series } from "../../../src/judge/series/series.ts";

const INTERVALS = 133;
const STEP = 1000;

function column(of: (index: number) => number | null): Column {
  return Array.from({ length: INTERVALS }, (_, index) => of(index));
}

/** Traffic runs from interval 0 (1 s) to 130; the last ones are the drain. */
function band(metric: MetricName, p50: number): Band {
  const random = randomStream("fixture", metric);
  const level = column((i) => {
    const bump = Math.exp(-(((i - 63) / 7) ** 2)) * 2.2;
    return i > 130 || i === 20 ? null : p50 * (0.9 + 0.25 * random.next() + bump);
  });
  const times = (low: number, spread: number): Column =>
    level.map((value) => (value === null ? null : value * (low + spread * random.next())));
  return {
    metric,
    unit: "ms",
    p50: level,
    p95: times(1.7, 0.5),
    p99: times(2.4, 1),
    max: times(3.4, 1.6),
  };
}

function curve(metric: MetricName, p50: number, tail: number): Curve {
  const p = [0, 1, 5, 10, 25, 50, 75, 90, 95, 97, 98, 99, 99.5, 99.8];
  const values = p.map(
    (at) => p50 * (0.55 + 0.65 * (at / 100)) + tail * Math.log10(1 / (1 - at / 100)) ** 2,
  );
  return { metric, unit: "ms", p, values };
}

export function failedRecord(
  iteration: number,
  failure: FailureKind,
  message: string,
): RequestRecord {
  const sent = 1000 + iteration * 500;
  return {
    type: "request",
    scenario: "main",
    phase: "steady",
    iteration,
    request: 0,
    vu: 1,
    worker: 0,
    api: "openai-chat",
    scheduled: sent - 0.6,
    sent,
    ended: sent + 30_000,
    status: 200,
    outcome: { ok: false, failure, message },
    bytes: 0,
  };
}

/** Content in five bursts between the first and the last token. */
function slowRecord(iteration: number, durationMs: number): RequestRecord {
  const { headers, ...record } = failedRecord(iteration, "stall", "");
  const { sent, scheduled = sent } = record;
  const ended = scheduled + durationMs;
  const first = sent + 180 + 20 * iteration;
  const gap = Math.round(((ended - first) / 5) * 1000);
  return {
    ...record,
    headers: headers ?? sent + 90,
    firstContent: first,
    lastContent: ended,
    ended,
    contentGapsUs: [Math.round((first - sent) * 1000), gap, gap, gap, gap, gap],
    output: { count: 128, source: "usage" },
    status: 200,
    outcome: { ok: true, finish: "length" },
  };
}

export function seriesFixture(changes: Partial<Series> = {}): Series {
  const random = randomStream("fixture", "traffic");
  const noisy = (mean: number, spread: number) => (i: number) =>
    i > 130 ? 0 : Math.max(0, mean + spread * random.normal());
  const start = 1000;
  return {
    run: "20260301-120000-steady-7f3a",
    start,
    end: start + INTERVALS * STEP,
    intervalMs: STEP,
    at: Array.from({ length: INTERVALS }, (_, index) => start + index * STEP),
    phases: [
      { scenario: "main", name: "warmup", start: 1000, end: 11_000, measured: false },
      { scenario: "main", name: "steady", start: 11_000, end: 131_000, measured: true },
      { scenario: "main", name: "drain", start: 131_000, end: 133_200, measured: false },
    ],
    traffic: {
      targetRate: column((i) => (i > 130 ? null : 5)),
      achievedRate: column(noisy(5, 1.6)),
      completedRate: column(noisy(5, 1.2)),
      inFlight: column((i) => 8 + 9 * Math.exp(-(((i - 63) / 7) ** 2)) + random.next()),
      outputTokensPerSecond: column(noisy(640, 60)),
      dropped: column(() => 0),
      failures: [
        { kind: "timeout_first_content", counts: column((i) => (i === 63 || i === 66 ? 1 : 0)) },
      ],
      dispatchLagMax: column(() => 0.4 + random.exponential()),
    },
    bands: [
      band("ttft_scheduled", 202),
      band("itl", 11.2),
      band("tpot", 11.6),
      band("e2e_scheduled", 1674),
      band("e2e", 1670),
    ],
    curves: [
      curve("ttft_scheduled", 202, 90),
      curve("ttft", 198, 62),
      curve("e2e_scheduled", 1674, 300),
      curve("e2e", 1670, 270),
      curve("itl", 11.2, 5),
      curve("tpot", 11.6, 2),
    ],
    histograms: [
      {
        metric: "ttft_scheduled",
        unit: "ms",
        edges: [120, 160, 210, 280, 370, 490, 650],
        counts: [12, 240, 210, 90, 30, 16],
      },
      {
        metric: "itl",
        unit: "ms",
        edges: [0, 4, 8, 16, 32, 64],
        counts: [40, 9000, 60000, 8000, 90],
      },
    ],
    telemetry: [
      {
        metric: "event_loop_utilization",
        source: "worker-0",
        at: Array.from({ length: 131 }, (_, i) => 1500 + i * 1000),
        values: Array.from({ length: 131 }, () => 0.11 + 0.05 * random.next()),
      },
      {
        metric: "event_loop_utilization",
        source: "main",
        at: Array.from({ length: 131 }, (_, i) => 1500 + i * 1000),
        values: Array.from({ length: 131 }, () => 0.02 + 0.02 * random.next()),
      },
    ],
    events: [],
    points: { sent: [], waited: [], ttft: [], e2e: [], ok: [] },
    slowest: [9853, 5800, 4900, 4700, 4600, 4500].map((durationMs, i) => ({
      record: slowRecord(40 + i, durationMs),
      durationMs,
    })),
    failed: [126, 131].map((iteration) => ({
      record: failedRecord(iteration, "timeout_first_content", "no content within 30 s"),
      durationMs: 30_000,
    })),
    ...changes,
  };
}

/** No phase, no request: what a run leaves whose target never became ready. */
export function emptySeries(): Series {
  const none: Column = [];
  return seriesFixture({
    end: 1000,
    at: [],
    phases: [],
    traffic: {
      targetRate: none,
      achievedRate: none,
      completedRate: none,
      inFlight: none,
      outputTokensPerSecond: none,
      dropped: none,
      failures: [],
      dispatchLagMax: none,
    },
    bands: [],
    curves: [],
    histograms: [],
    slowest: [],
    telemetry: [],
    failed: [],
  });
}
