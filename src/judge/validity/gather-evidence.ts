/** From what a run's collector has to the evidence that its gates are read from. */
import { present } from "../../core/present.ts";
import type { Collector } from "../collect/collector.ts";
import { healthSources, readingsOf } from "../collect/samples.ts";
import { lengthOf } from "../collect/spans.ts";
import { endedRequests, knownIterations } from "../collect/tally.ts";
import { machineEvidence, restartsOf } from "../machine/run-usage.ts";
import { planned, type Whole } from "../metrics/overview.ts";
import { littlesLaw, type Evidence } from "./evidence.ts";
import { promptEvidence } from "./prompt-evidence.ts";
import type { PromptEvidence } from "./prompt-gates.ts";
import type { NoServerCounts, ServerCounts } from "./server-count.ts";
import { serverCounts } from "./server-counts.ts";
import { longestStandstill } from "./standstill.ts";

/** What server and client counted of the same work, and what is known of its prompts. */
export interface Counted {
  readonly counted: ServerCounts | NoServerCounts;
  readonly prompts: PromptEvidence;
}

export function countsOf(collector: Collector): Counted {
  const { samples, phases, served, target } = collector;
  const restarts = restartsOf(collector.warnings, "server");
  const run = { samples, phases, served, product: target?.identity.server, restarts };
  const counted = serverCounts(run);
  return { counted, prompts: promptEvidence(collector, run, counted) };
}

export function evidenceOf(whole: Whole, { counted, prompts }: Counted): Evidence {
  const { collector, windows, tally } = whole;
  const { columns, phases, plan, samples } = collector;
  const own = plan.scenarios.map(({ name }) =>
    phases.all().flatMap((one) => (one.measured && one.scenario === name ? one.spans : [])),
  );
  const schedule = planned(whole);
  return present({
    ended: endedRequests(tally),
    censored: tally.requests.censored,
    ownFailures: collector.failures.own,
    health: (metric: string) =>
      healthSources(samples.of(metric)).flatMap((series) => {
        const readings = readingsOf([series], windows);
        return readings ? [{ source: series.source, windows: readings.distribution }] : [];
      }),
    standstill: longestStandstill(samples, windows),
    lag: tally.trends.get("dispatch_lag"),
    medianTtft: tally.trends.get("ttft")?.percentile(50),
    planned: schedule?.planned,
    startedInTime: schedule?.started ?? tally.started,
    cutShort: schedule?.cutShort ?? false,
    aborted: collector.footer?.reason === "aborted",
    iterations: knownIterations(tally),
    dropped: tally.iterations.dropped,
    tokens: collector.audit.result(),
    prompts,
    machine: machineEvidence(collector, windows, tally),
    serverCounts: counted,
    little: littlesLaw(columns, own, lengthOf(windows)),
  });
}
