/** Fields of the fingerprint that come from what was measured: what the machine did. */
import type { Fingerprint } from "../../core/fingerprint.ts";
import { present } from "../../core/present.ts";
import type { SampleCollector } from "../collect/samples.ts";
import type { Span } from "../collect/spans.ts";
import type { Tally } from "../collect/tally.ts";
import { levelOf } from "./levels.ts";
import { throttleOf } from "./throttle.ts";

export interface Observation {
  readonly collector: { readonly samples: SampleCollector };
  readonly windows: readonly Span[];
  readonly tally: Tally;
  /** Share of the prompt tokens that came from the server's cache. */
  readonly cachedShare: number | undefined;
}

/** Unlike the others, it says that two runs measured different things: digests keep it too. */
export const CACHED_SHARE = "prompts.cached_share";

/** The median clock, the highest temperature, whether a fault held any GPU back; tokens a reply. */
export function observedFields(observation: Observation): Fingerprint {
  const { collector, windows, tally, cachedShare } = observation;
  const { samples } = collector;
  const levels = (metric: string) =>
    samples.of(metric).flatMap((series) => levelOf(series, windows) ?? []);
  const clocks = levels("gpu_clock_sm").map(({ p50 }) => p50);
  const heat = levels("gpu_temperature").map(({ max }) => max);
  const held = samples
    .of("gpu_throttle_reasons")
    .flatMap((series) => throttleOf(series, windows)?.heldBack.share ?? []);
  return present({
    // The slowest of several GPUs sets the pace.
    "observed.gpu_clock_sm": clocks.length === 0 ? undefined : Math.min(...clocks),
    "observed.gpu_temperature": heat.length === 0 ? undefined : Math.max(...heat),
    "observed.gpu_throttled": held.length === 0 ? undefined : Math.max(...held) > 0,
    "observed.output_tokens_mean": tally.trends.get("output_tokens")?.mean,
    [CACHED_SHARE]: cachedShare === undefined ? undefined : Number(cachedShare.toFixed(4)),
  });
}
