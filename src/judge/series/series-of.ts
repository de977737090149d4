/** What a report draws of a whole run. */
import type { Collector } from "../collect/collector.ts";
import { downsample } from "./downsample.ts";
import { beginOf, type Whole } from "../metrics/overview.ts";
import { present } from "../../core/present.ts";
import type { Series, TelemetrySeries } from "./series.ts";
import type { SampleSeries } from "../collect/samples.ts";
import { curvesOf, histogramsOf } from "./shapes.ts";
import { pointsOf, timelineOf } from "./timeline.ts";

const MOST_SAMPLES = 600;

export function seriesOf({ collector, tally }: Whole): Series {
  const { header, plan, phases, columns, examples, events } = collector;
  const sent = columns.sent.view();
  const tokens = collector.grid(sent[0] ?? collector.lastTime);
  const end = Math.max(collector.lastTime, tokens.start);
  const timeline = timelineOf({
    plan,
    end,
    columns,
    tokens,
    started: collector.started,
    dropped: collector.dropped,
    failures: collector.failures.times,
    begins: plan.scenarios.map(({ name }) => beginOf(collector, name)),
  });
  return {
    run: header.run,
    end,
    ...timeline,
    phases: phases
      .all()
      .flatMap(({ scenario, name, measured, spans }) =>
        spans.map(({ start, end: stop }) => ({ scenario, name, measured, start, end: stop })),
      ),
    curves: curvesOf(tally.trends),
    histograms: histogramsOf(tally.trends),
    telemetry: collector.samples.all().map(telemetrySeries),
    ...present({ recovery: recoveryOf(collector) }),
    events: events.map(({ at, name, message }) => ({ at, name, message })),
    points: pointsOf(columns, timeline),
    slowest: examples.slowest,
    failed: examples.failed,
  };
}

function recoveryOf(collector: Collector): Series["recovery"] {
  const { from, ms } = collector.recovery() ?? {};
  return from === undefined || ms === undefined ? undefined : { from, ms };
}

function telemetrySeries({ metric, source, at, values }: SampleSeries): TelemetrySeries {
  const kept = downsample(values.view(), MOST_SAMPLES);
  const [times, readings] = [at.view(), values.view()];
  return {
    metric,
    source,
    at: kept.map((i) => times[i] ?? 0),
    values: kept.map((i) => readings[i] ?? 0),
  };
}
