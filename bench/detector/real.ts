/**
 * Part (b): real runs of a server behind a proxy that does nothing (A/A) or slows it by a
 * known amount (A/B), in interleaved pairs with the looks of `plimsoll ab`: without harm the first look
 * at 5 pairs, with harm as many as it takes. The same runs are also judged as two groups.
 */
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOfRun } from "../../src/cli/stored/digest-of-run.ts";
import { evidenceOf, rulesFor } from "../../src/judge/compare/gather.ts";
import { compareMetrics } from "../../src/judge/compare/compare-metrics.ts";
import { LOOKS, type MetricEvidence, type MetricVerdict } from "../../src/judge/compare/types.ts";
import type { RunDigest } from "../../src/judge/digest/digest.ts";
import { cachedModel } from "../../src/reference-server/model/cache.ts";
import { originNow } from "../../src/core/clock.ts";
import { present } from "../../src/core/present.ts";
import { startScripted } from "../../src/reference-server/scripted/start-scripted.ts";
import { findLlamaServer } from "../../src/target/find-llama-server.ts";
import { benchWorld } from "../world.ts";
import { openReference } from "../reference-server.ts";
import type { BenchRow, BenchTable } from "../table.ts";
import { recordRun } from "./record-run.ts";
import { startSlowProxy, type Harm, type SlowProxy } from "./slow-proxy.ts";
import { shown, tally } from "./tally.ts";
import { scratchFolder } from "../scratch.ts";

interface Kind {
  readonly name: string;
  readonly harm: Harm;
  /** What ought to be found. */
  readonly metric: string;
}

const kinds: readonly Kind[] = [
  { name: "TTFT × 1.15", harm: { ttft: 1.15 }, metric: "ttft p50" },
  { name: "ITL × 1.3", harm: { itl: 1.3 }, metric: "tpot p50" },
  { name: "tail: TTFT × 2 of every 10th", harm: { ttft: 2, every: 10 }, metric: "ttft p95" },
  { name: "errors: every 50th", harm: { failEvery: 50 }, metric: "request_failed" },
];

export interface RealOptions {
  /** Whose runs; `embedded` unless given. */
  readonly server?: string;
  /** Comparisons without and with each harm. */
  readonly same: number;
  readonly slowed: number;
  /** At once. */
  readonly users: number;
}

/** What is measured, and by how many. */
interface Bed {
  readonly proxy: SlowProxy;
  readonly users: number;
}

interface Opened {
  readonly baseUrl: string;
  stop(): Promise<void>;
}

const tiny = (): Promise<string> =>
  cachedModel("synth:tiny", join(tmpdir(), "plimsoll-bench-models"));

const servers: Readonly<Record<string, () => Promise<Opened>>> = {
  embedded: async () => openReference("embedded", await tiny(), 2),
  "llama-server": async () => {
    const { env, cacheDir } = benchWorld();
    const search = { variable: env["LLAMA_SERVER_BIN"], path: env["PATH"], cacheDir };
    const { path: binary } = findLlamaServer(present(search));
    return openReference({ binary }, await tiny(), 2);
  },
  /** Answers by the clock: what is left is the client's own noise. */
  scripted: async () => {
    const { node, nodeArgs: args } = benchWorld();
    const defaults = { ttft: 60, itl: 5, tokens: 8 };
    const server = await startScripted(originNow(), { node, args, defaults });
    return { baseUrl: server.url, stop: () => server.stop() };
  },
};

export async function realTable(options: RealOptions): Promise<BenchTable> {
  const { server: which = "embedded", same, slowed, users } = options;
  const open = servers[which];
  if (open === undefined)
    throw new Error(`no server "${which}"; there is ${Object.keys(servers).join(", ")}`);
  const server = await open();
  const proxy = await startSlowProxy(server.baseUrl);
  const bed: Bed = { proxy, users };
  try {
    await runOnce(bed, {});
    const rows = [await kindRow(bed, { name: "A/A", harm: {}, metric: "" }, same)];
    for (const kind of kinds) rows.push(await kindRow(bed, kind, slowed));
    return {
      title: `Server: ${which}; users: ${users}; pairs of runs of 6 s each, judged as pairs and as two groups`,
      rows,
      notes: [
        "regressions: share of metric comparisons, gating ones and diagnostics; without harm these are false alarms",
      ],
    };
  } finally {
    proxy.stop();
    await server.stop();
  }
}

async function kindRow(bed: Bed, kind: Kind, times: number): Promise<BenchRow> {
  const tallies = { paired: counters(), welch: counters() };
  let [pairs, doubtful] = [0, 0];
  for (let i = 0; i < times; i += 1) {
    const made = await compareArms(bed, kind);
    const { paired, welch } = made;
    pairs += made.pairs;
    doubtful += made.doubtful;
    count(tallies.paired, paired, kind);
    count(tallies.welch, welch, kind);
    console.error(`${kind.name} ${i + 1}: ${paired.map(brief).join(", ")}`);
  }
  return {
    kind: kind.name,
    comparisons: times,
    pairs,
    "doubtful runs": `${doubtful} of ${2 * pairs}`,
    "found, paired": shown(tallies.paired.found),
    "found, Welch": shown(tallies.welch.found),
    "gating regressions, paired": shown(tallies.paired.gating),
    "gating regressions, Welch": shown(tallies.welch.gating),
    "diagnostics, paired": shown(tallies.paired.others),
    inconclusive: shown(tallies.paired.inconclusive),
  };
}

function counters() {
  return { found: tally(), gating: tally(), others: tally(), inconclusive: tally() };
}

function count(
  into: ReturnType<typeof counters>,
  verdicts: readonly MetricVerdict[],
  kind: Kind,
): void {
  for (const { rule, outcome, gating } of verdicts) {
    if (rule.id === kind.metric) into.found.add(outcome === "regression");
    (gating ? into.gating : into.others).add(outcome === "regression");
    if (gating) into.inconclusive.add(outcome === "inconclusive");
  }
}

function brief({ rule, outcome, change, gating }: MetricVerdict): string {
  const by = change === undefined ? "" : ` ${(change.value * 100).toFixed(1)}`;
  return `${rule.id}${gating ? "" : "°"} ${outcome.slice(0, 4)}${by}`;
}

interface Compared {
  readonly paired: readonly MetricVerdict[];
  /** The same runs, as two groups. */
  readonly welch: readonly MetricVerdict[];
  readonly pairs: number;
  /** Runs whose own gates doubt or reject them: the machine had other things to do. */
  readonly doubtful: number;
}

/** Without harm the first look is all; with it, looks go on until the harmed metric is settled. */
async function compareArms(bed: Bed, { harm, metric }: Kind): Promise<Compared> {
  const [old, fresh]: [RunDigest[], RunDigest[]] = [[], []];
  for (const look of LOOKS) {
    while (old.length < look) await addPair(bed, harm, [old, fresh]);
    const evidence = evidenceOf({ baseline: old, candidate: fresh }, rulesWithoutFloor(old));
    const paired = compareMetrics(evidence.map((one) => withPairs(one))).metrics;
    const settled = paired.every((one) => one.rule.id !== metric || one.outcome !== "inconclusive");
    if (settled || look === LOOKS.at(-1)) {
      const doubtful = [...old, ...fresh].filter(({ validity }) => validity !== "valid").length;
      return { paired, welch: compareMetrics(evidence).metrics, pairs: look, doubtful };
    }
  }
  throw new Error("there are no looks");
}

/** AB, then BA: what drifts hits both arms alike. */
async function addPair(
  bed: Bed,
  harm: Harm,
  [old, fresh]: readonly [RunDigest[], RunDigest[]],
): Promise<void> {
  const request = old.length % 2 === 0 ? [false, true] : [true, false];
  for (const slowed of request) {
    const digest = await runOnce(bed, slowed ? harm : {});
    (slowed ? fresh : old).push({ ...digest, session: "tonight" });
  }
}

async function runOnce({ proxy, users }: Bed, harm: Harm): Promise<RunDigest> {
  const out = scratchFolder("detector");
  proxy.harm(harm);
  try {
    return await digestOfRun(await recordRun(out, proxy.url, users));
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** A tiny model answers in a few ms: floors meant for people would hide everything. */
function rulesWithoutFloor(runs: readonly RunDigest[]) {
  return rulesFor(runs).map(({ floor: _floor, ...rule }) => rule);
}

function withPairs(evidence: MetricEvidence): MetricEvidence {
  const { baseline, candidate } = evidence;
  if (baseline.length !== candidate.length) return evidence;
  const pairs = baseline.map(({ value }, i) => ({
    baseline: value,
    candidate: candidate[i]?.value ?? NaN,
  }));
  return { ...evidence, pairs };
}
