/**
 * The server's own counts over the run against those of the client's records: requests, prompt and
 * output tokens. The server's are differences of its counters between the last readings before the
 * traffic and the last ones before the end of the drain; so warm-up and drain are in, and what
 * setup, teardown and the vocabulary asked for is in neither.
 */
import type { SeriesName } from "../../core/telemetry.ts";
import type { NoServerCounts, ServerCount, ServerCounts } from "./server-count.ts";
import type { CachedByServer } from "./cache-audit.ts";
import { TokenTotal, type ServedTotals } from "./served-totals.ts";
import { DRAIN, type PhaseIndex } from "../collect/phase-index.ts";
import type { SampleCollector, SampleSeries } from "../collect/samples.ts";

export interface CountedRun {
  readonly samples: SampleCollector;
  readonly phases: PhaseIndex;
  readonly served: ServedTotals;
  /** As in the target's identity. */
  readonly product: string | undefined;
  /** When the server was seen to begin anew, ms. */
  readonly restarts: readonly number[];
}

const SOURCE = "server";

export function serverCounts(run: CountedRun): ServerCounts | NoServerCounts {
  const edges = edgesOf(run.phases);
  if (edges === undefined) return { reason: "the run has no end of its traffic" };
  const growth = (metric: SeriesName): Growth | undefined => growthOf(run, metric, edges);
  const output = growth("server_output_tokens");
  const requests = growth("server_requests");
  const any = output ?? requests;
  if (any === undefined) return { reason: "the server showed no counter of tokens or requests" };
  if ("reason" in any) return any;
  const found = {
    requests: requests && requestCount(run, requests),
    prompt_tokens: promptCount(run.served, growth),
    output_tokens: output && tokenCount("output_tokens", output, run.served.output),
  };
  const counts: ServerCount[] = [];
  const missing: Record<string, string> = {};
  for (const [what, one] of Object.entries(found)) {
    if (one === undefined) missing[what] = "the server does not count them";
    else if ("reason" in one) missing[what] = one.reason;
    else counts.push(one);
  }
  return { from: any.from, to: any.to, counts, missing };
}

/**
 * What the server had in its cache of prompts that it could not know. The counters are the whole
 * server's: where others used it, they say nothing of ours.
 */
export function cachedByServer(
  run: CountedRun,
  counts: readonly ServerCount[],
): CachedByServer | { readonly reason: string } {
  const edges = edgesOf(run.phases);
  const hits = edges && growthOf(run, "server_cached_tokens", edges);
  if (hits === undefined) return { reason: "the server does not tell what came from its cache" };
  if ("reason" in hits) return hits;
  const { fresh, cacheable } = run.served;
  if (cacheable === Infinity) return { reason: "some prompts were not counted" };
  if ((foreignCount(counts)?.deviation ?? 0) > 0)
    return { reason: "others used the server too: its counters are not of our prompts alone" };
  const known = Math.max(0, hits.growth - hits.resolution - cacheable);
  return { fresh, known, prompt: fresh + cacheable, cached: hits.growth };
}

interface Edges {
  readonly start: number;
  readonly end: number;
}

/** From before the first phase to the end of the last drain, when the server was read. */
function edgesOf(phases: PhaseIndex): Edges | undefined {
  const marks = phases.all().flatMap((phase) => phase.marks);
  const drains = marks.filter(({ name }) => name === DRAIN);
  if (drains.length === 0) return undefined;
  return {
    start: Math.min(...marks.map(({ start }) => start)),
    end: Math.max(...drains.map(({ end }) => end)),
  };
}

interface Grown extends Edges {
  readonly from: number;
  readonly to: number;
  readonly growth: number;
  readonly resolution: number;
}

type Growth = Grown | { readonly reason: string };

function growthOf(run: CountedRun, metric: SeriesName, edges: Edges): Growth | undefined {
  const series = run.samples.of(metric).find(({ source }) => source === SOURCE);
  if (series === undefined) return undefined;
  const before = lastUntil(series, edges.start);
  const after = lastUntil(series, edges.end);
  // The drain's own reading is behind the drain's start: it is the one that was asked for.
  if (before === undefined || after === undefined || after.at < drainStart(run.phases))
    return { reason: "the server was not read before and after the traffic" };
  const growth = after.value - before.value;
  const restarted = run.restarts.some((at) => at > before.at && at <= after.at);
  if (restarted || growth < 0) return { reason: "the server was restarted during the run" };
  const shown = [before.value, after.value].map((value) => shownTo(value, run.product));
  const resolution = shown.reduce((sum, step) => sum + step / 2, 0);
  return { ...edges, from: before.at, to: after.at, growth, resolution };
}

function drainStart(phases: PhaseIndex): number {
  const marks = phases.all().flatMap((phase) => phase.marks);
  return Math.max(...marks.filter(({ name }) => name === DRAIN).map(({ start }) => start));
}

interface Point {
  readonly at: number;
  readonly value: number;
}

function lastUntil({ at, values }: SampleSeries, moment: number): Point | undefined {
  const found = at.view().findLastIndex((time) => time <= moment);
  const [time, value] = [at.view()[found], values.view()[found]];
  return time === undefined || value === undefined ? undefined : { at: time, value };
}

/**
 * The step in which a counter of this size is shown: llama.cpp prints six significant digits
 * (an ostream's default), so up to a million every one.
 */
function shownTo(value: number, product: string | undefined): number {
  if (product !== "llama.cpp" || value < 1e6) return 0;
  return 10 ** (Math.floor(Math.log10(value)) - 5);
}

type Counted = ServerCount | { readonly reason: string };

/** Servers that count a request once for each of its inputs and choices. */
const COUNT_PARTS: ReadonlySet<string> = new Set(["vllm"]);

/** Of a server that we do not know so well, either way of counting explains the difference. */
function requestCount({ served, product = "" }: CountedRun, grown: Growth): Counted {
  if ("reason" in grown) return grown;
  const { requests, surelyParts, parts, otherwise, widest } = served;
  const sum = COUNT_PARTS.has(product) ? surelyParts : requests;
  return compared("requests", grown, {
    ...{ sum, several: parts - sum, unknown: otherwise * widest },
  });
}

function tokenCount(what: ServerCount["what"], grown: Growth, total: TokenTotal): Counted {
  if ("reason" in grown) return grown;
  if (total.uncounted > 0) return { reason: `${total.uncounted} requests have no exact count` };
  return compared(what, grown, total);
}

/** Cached tokens included, where the server counts them; else without them on both sides. */
function promptCount(
  { prompt, cached }: ServedTotals,
  growth: (metric: SeriesName) => Growth | undefined,
): Counted | undefined {
  const [fresh, hits] = [growth("server_prompt_tokens"), growth("server_cached_tokens")];
  if (fresh === undefined) return undefined;
  if ("reason" in fresh) return fresh;
  if (hits !== undefined && !("reason" in hits)) {
    const resolution = fresh.resolution + hits.resolution;
    const all = { ...fresh, growth: fresh.growth + hits.growth, resolution };
    return tokenCount("prompt_tokens", all, prompt);
  }
  if (cached.uncounted > 0)
    return { reason: "neither the server nor the requests count cached tokens" };
  const ours = Object.assign(new TokenTotal(), prompt, { sum: prompt.sum - cached.sum });
  return tokenCount("prompt_tokens", fresh, ours);
}

/** What is left of the difference when everything that can explain it has. */
function compared(
  what: ServerCount["what"],
  { growth, resolution }: Grown,
  { sum, several, unknown }: Pick<TokenTotal, "sum" | "several" | "unknown">,
): Counted {
  if (unknown === Infinity)
    return { reason: "requests that failed had no limit: what they cost the server is not known" };
  const excess = Math.max(0, growth - resolution - (sum + several + unknown));
  const lack = Math.max(0, sum - (growth + resolution));
  const deviation = (excess - lack) / Math.max(sum, 1);
  const more = several > 0 && { several };
  return { what, server: growth, client: sum, ...more, unknown, resolution, deviation };
}

/** What tells of strangers: the server's requests, or tokens where it counts only those. */
export function foreignCount(counts: readonly ServerCount[]): ServerCount | undefined {
  return (
    counts.find(({ what }) => what === "requests") ??
    counts.find(({ what }) => what === "output_tokens")
  );
}

/**
 * The count that disagrees most, and by what share; but for what strangers explain: more than ours
 * is theirs, unless the server's requests show that there were none.
 */
export function worstCount(
  counts: readonly ServerCount[],
): (ServerCount & { readonly difference: number }) | undefined {
  const requests = counts.find(({ what }) => what === "requests");
  const alone = requests !== undefined && requests.deviation <= 0;
  const differences = counts.map((count) => {
    const { deviation } = count;
    return { ...count, difference: alone || deviation < 0 ? Math.abs(deviation) : 0 };
  });
  return differences.sort((a, b) => b.difference - a.difference)[0];
}
