/**
 * What a spike or a doubled peak did: the phases side by side, in words and as rows. The same in the
 * terminal, in Markdown and on the page. What was not measured has no row.
 */
import type { MetricName } from "../../core/metrics.ts";
import { told, type Told } from "../../judge/machine/usage.ts";
import type { PhaseSummary, RecoverySummary } from "../../judge/metric-summaries.ts";
import type { Summary } from "../../judge/summary.ts";
import { ABSENT, limitText, percent, quantity, whole } from "./quantity.ts";
import { singleValue } from "./single-value.ts";

export interface OverloadTable {
  /** Name of each phase, the overload among them. */
  readonly phases: readonly string[];
  /** The name of the overload, above the column of changes. */
  readonly overload: string;
  readonly rows: readonly OverloadRow[];
  /** What happened, a sentence each. */
  readonly sentences: readonly string[];
}

export interface OverloadRow {
  readonly name: string;
  /** One a phase; a dash where it was not measured. */
  readonly values: readonly string[];
  /** Of the overload against the phase before it: `× 2.4`; empty where it says nothing. */
  readonly change: string;
}

/** Undefined without a spike or a doubled peak, or without a phase to compare it with. */
export function overloadTable({ phases, recovery }: Summary): OverloadTable | undefined {
  const overload = phases.find(({ name, measured }) => measured && name === recovery?.phase);
  if (overload === undefined || recovery === undefined) return undefined;
  const own = phases.filter(({ scenario, measured }) => measured && scenario === overload.scenario);
  const at = own.indexOf(overload);
  const before = own[at - 1];
  if (before === undefined) return undefined;
  return {
    phases: own.map(({ name }) => name),
    overload: overload.name,
    rows: ROWS.flatMap((row) => rowOf(row, own, at)).concat(kindRows(own)),
    sentences: [degradation(before, overload), recoverySentence(recovery)],
  };
}

interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly of: (phase: PhaseSummary) => number | undefined;
  /** Whether a multiple says something: not of shares. */
  readonly ratio: boolean;
}

const ROWS: readonly Figure[] = [
  figure("Started", "1/s", ({ achievedRate }) => achievedRate),
  share("Failed", "request_failed"),
  share("Lost after acceptance", "request_lost"),
  share("Within the SLO", "slo_met"),
  figure("Goodput", "1/s", single("goodput")),
  figure("TTFT from schedule, p50", "ms", trend("ttft_scheduled", "p50")),
  figure("TTFT from schedule, p95", "ms", trend("ttft_scheduled", "p95")),
  figure("TPOT, p95", "ms", trend("tpot", "p95")),
  figure("E2E from schedule, p95", "ms", trend("e2e_scheduled", "p95")),
  figure("Output", "tokens/s", single("output_tokens_per_second")),
  figure("In flight, mean", "", ({ inFlightMean }) => inFlightMean),
  figure("In flight, most", "", ({ inFlightMax }) => inFlightMax),
  figure("Waiting in the server", "", ({ usage }) => usage?.server?.waiting?.max),
  { ...figure("KV cache in use, most", "ratio", kvMost), ratio: false },
  { ...figure("GPU utilization", "%", gpuMean), ratio: false },
  figure("GPU power", "W", gpuPower),
  figure("Server CPU", "cores", ({ usage }) => usage?.server?.cpu?.mean),
];

function figure(name: string, unit: string, of: Figure["of"]): Figure {
  return { name, unit, of, ratio: true };
}

function share(name: string, metric: MetricName): Figure {
  return { name, unit: "ratio", of: single(metric), ratio: false };
}

function single(name: MetricName): Figure["of"] {
  return ({ metrics }) => {
    const found = metrics[name];
    return found === undefined || found.kind === "trend" ? undefined : singleValue(found);
  };
}

function trend(name: MetricName, of: "p50" | "p95"): Figure["of"] {
  return ({ metrics }) => {
    const found = metrics[name];
    return found?.kind === "trend" ? found[of] : undefined;
  };
}

function kvMost({ usage }: PhaseSummary): number | undefined {
  return usage?.server?.kvUsage?.max;
}

/** Over the GPUs that count as the server's. */
function gpuMean({ usage }: PhaseSummary): number | undefined {
  return meanOf(
    (usage?.gpus ?? []).map((gpu) => (gpu.counted ? gpu.utilization?.mean : undefined)),
  );
}

function gpuPower({ usage }: PhaseSummary): number | undefined {
  const watts = (usage?.gpus ?? []).flatMap(({ counted, power }) =>
    counted ? (told(power as Told<{ mean: number }> | undefined)?.mean ?? []) : [],
  );
  return watts.length === 0 ? undefined : watts.reduce((sum, one) => sum + one, 0);
}

function meanOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, one) => sum + one, 0) / known.length;
}

function rowOf(row: Figure, phases: readonly PhaseSummary[], at: number): readonly OverloadRow[] {
  const values = phases.map((phase) => row.of(phase));
  if (values.every((value) => value === undefined)) return [];
  const shown = values.map((value) => (value === undefined ? ABSENT : shownValue(value, row.unit)));
  return [
    { name: row.name, values: shown, change: row.ratio ? times(values[at - 1], values[at]) : "" },
  ];
}

function shownValue(value: number, unit: string): string {
  if (unit !== "" || Number.isInteger(value)) return quantity(value, unit);
  return value < 100 ? value.toFixed(1) : whole(value);
}

function times(before: number | undefined, during: number | undefined): string {
  if (before === undefined || during === undefined || before <= 0) return "";
  const ratio = during / before;
  return `× ${ratio >= 100 ? whole(ratio) : ratio.toPrecision(ratio >= 10 ? 3 : 2)}`;
}

/** How the requests of each phase failed: a kind a row. */
function kindRows(phases: readonly PhaseSummary[]): readonly OverloadRow[] {
  const kinds = [
    ...new Set(phases.flatMap(({ failures = [] }) => failures.map(({ kind }) => kind))),
  ];
  return kinds.map((kind) => ({
    name: `Failed: ${kind}`,
    values: phases.map(({ failures = [] }) =>
      whole(failures.find((one) => one.kind === kind)?.count ?? 0),
    ),
    change: "",
  }));
}

/** `At peak2x (8.00/s instead of 4.00/s) TTFT p95 ... ; 3.2 % failed: ...`. */
function degradation(before: PhaseSummary, overload: PhaseSummary): string {
  const rates = [before, overload].map(({ achievedRate }) =>
    achievedRate === undefined ? undefined : quantity(achievedRate, "1/s"),
  );
  const [from, to] = rates;
  const rate = from === undefined || to === undefined ? "" : ` (${to} instead of ${from})`;
  const parts = [slower(before, overload), failedWords(overload), lostWords(overload)];
  const said = parts.filter((part) => part !== "").join("; ");
  return `At ${overload.name}${rate}: ${said}.`;
}

function slower(before: PhaseSummary, overload: PhaseSummary): string {
  const p95 = trend("ttft_scheduled", "p95");
  const [was, is] = [p95(before), p95(overload)];
  if (is === undefined) return "no request was answered";
  const than = was === undefined ? "" : `, ${times(was, is)} of the ${quantity(was, "ms")} before`;
  return `p95 of TTFT from schedule ${quantity(is, "ms")}${than}`;
}

function failedWords({ metrics, failures = [] }: PhaseSummary): string {
  const failed = metrics.request_failed;
  if (failed?.kind !== "rate") return "";
  if (failed.passes === 0) return "none failed";
  const kinds = failures.map(({ kind, count }) => `${whole(count)} ${kind}`).join(", ");
  return `${percent(failed.rate)} failed (${kinds})`;
}

function lostWords({ metrics }: PhaseSummary): string {
  const lost = metrics.request_lost;
  if (lost?.kind !== "rate") return "";
  return lost.passes === 0
    ? "of the accepted none was lost"
    : `of ${whole(lost.count)} accepted ${whole(lost.passes)} ${lost.passes === 1 ? "was" : "were"} lost`;
}

function recoverySentence({ phase, limit, ms, absent }: RecoverySummary): string {
  const within =
    limit === undefined ? "" : ` (p95 of the waiting within ${limitText(limit, "ms")})`;
  if (ms === undefined) return `Recovery: ${absent ?? "not known"}.`;
  if (ms === 0) return `Recovery: at once after ${phase}${within}.`;
  return `Recovery: ${limitText(ms, "ms")} after ${phase}${within}.`;
}
