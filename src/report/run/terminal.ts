/**
 * The summary on the terminal, for someone who was woken up: the verdict first, then what broke,
 * the numbers, what to doubt, and where the rest is. Colour repeats what words and signs say.
 */
import type { MetricName } from "../../core/metrics.ts";
import type { Summary } from "../../judge/summary.ts";
import type { ThresholdResult } from "../../judge/outcome-summaries.ts";
import type { TrendSummary } from "../../judge/metric-summaries.ts";
import { costLine, energyLine } from "../text/energy-words.ts";
import { measuredLabel } from "../text/metric-labels.ts";
import { overloadTable } from "../text/overload-table.ts";
import { hanging, textStyleOf, type TextStyle } from "../text/text-style.ts";
import { aligned, cutInside, plainText, shortened } from "../text/plain-text.ts";
import { ABSENT, counted, limitText, percent, quantity, whole } from "../text/quantity.ts";
import { rateWords } from "../text/rate-words.ts";
import { batchLine, serverTimesLine } from "../text/server-time-words.ts";
import { serverName } from "../text/server-name.ts";
import {
  gateWords,
  reasonDetails,
  reasonSentence,
  validitySentence,
  verdictWords,
} from "../text/verdict-words.ts";

export interface TerminalOptions {
  readonly color: boolean;
  /** Columns; 80 unless the terminal says otherwise. */
  readonly width?: number;
  /** The run directory or the report, as the reader can open it. */
  readonly report?: string;
}

/** Lines of a server log that are shown; the last ones say why it died. */
const DETAIL_LINES = 12;

function verdictLines(style: TextStyle, summary: Summary): readonly string[] {
  const { title, tone, sign } = verdictWords[summary.verdict.status];
  const head = style.bold(style.tone(tone, `${sign} ${title.toUpperCase()}`));
  const name = shortened(plainText(`${summary.run.name}, run ${summary.run.id}`), style.width - 25);
  return [
    `${head}  ${name}`,
    ...hanging(style, "  ", `${reasonSentence(summary)} ${validitySentence(summary)}`, 2),
    ...reasonDetails(summary)
      .slice(-DETAIL_LINES)
      .map((line) => style.dim(shortened(`  │ ${plainText(line)}`, style.width))),
  ];
}

function targetText({ target }: Summary): string {
  if (target === undefined) return "never became ready";
  const slots = target.slots === undefined ? undefined : counted(target.slots, "slot");
  return [serverName(target), target.model, slots, target.url, target.via]
    .filter((part) => part !== undefined)
    .join(", ");
}

function trafficText({ plan, run }: Summary): string {
  const scenarios = plan.scenarios.map(({ name, traffic, arrival }) =>
    [`${name}: ${traffic}`, arrival].filter((part) => part !== undefined).join(", "),
  );
  return `${scenarios.join("; ")} (${run.loop} loop, ${quantity(run.measured.ms, "ms")} measured)`;
}

function factLines(style: TextStyle, summary: Summary): readonly string[] {
  return [
    ...hanging(style, `  ${style.dim("Target ")}  `, targetText(summary), 11),
    ...hanging(style, `  ${style.dim("Traffic")}  `, trafficText(summary), 11),
  ];
}

function thresholdCells(threshold: ThresholdResult): readonly string[] {
  const { key, source, value, unit, status, operator, limit } = threshold;
  const sign = { passed: "✔", failed: "✘", no_data: threshold.ok ? "–" : "✘" }[status];
  const measured = value === undefined ? "no data" : quantity(value, unit);
  return [
    `${sign} ${plainText(key)}`,
    plainText(source),
    measured,
    // What is written in ms or as a share is easier to read as a quantity; a count says it itself.
    unit === "ms" || unit === "ratio" ? `limit ${operator} ${limitText(limit, unit)}` : "",
  ];
}

function thresholdLines(style: TextStyle, { thresholds, slo }: Summary): readonly string[] {
  const tones = thresholds.map(({ ok, status }) =>
    ok ? (status === "no_data" ? "neutral" : "pass") : "fail",
  );
  const rows = aligned(thresholds.map(thresholdCells)).map((line, index) =>
    style.tone(tones[index] ?? "neutral", `  ${shortened(line, style.width - 2)}`),
  );
  const limits = slo.limits.map(({ metric, limit }) => `${metric} ≤ ${limitText(limit, "ms")}`);
  const met = slo.share === undefined ? "no requests judged" : `${percent(slo.share)} of requests`;
  const sloLine =
    limits.length === 0 ? [] : hanging(style, "  SLO met: ", `${met} (${limits.join(", ")})`, 11);
  return rows.length + sloLine.length === 0 ? [] : ["", ...rows, ...sloLine];
}

/** Trends that say how the target did, in this order; others are in the report. */
const ROWS: readonly MetricName[] = [
  ...(["ttft_scheduled", "ttft", "ttft_with_retries", "itl", "tpot"] as const),
  ...(["e2e_scheduled", "e2e", "e2e_with_retries"] as const),
];

function trendCells(name: MetricName, trend: TrendSummary): readonly string[] {
  const values = [trend.p50, trend.p90, trend.p95, trend.p99, trend.max];
  const per = trend.per === "chunk" ? " (chunks)" : "";
  return [
    `${measuredLabel(name, trend)}${per}`,
    ...values.map((value) => quantity(value, trend.unit)),
  ];
}

function metricLines(style: TextStyle, { headline, metrics, census }: Summary): readonly string[] {
  const names = [...new Set([...headline.filter((name) => ROWS.includes(name)), ...ROWS])];
  const rows = names.flatMap((name) => {
    const found = metrics[name];
    return found?.kind === "trend" ? [trendCells(name, found)] : [];
  });
  if (rows.length === 0) {
    const what = census.measuredRequests.total === 0 ? "was measured" : "succeeded";
    return ["", `  No request ${what}: there are no latencies.`];
  }
  const [head = "", ...lines] = aligned([["", "p50", "p90", "p95", "p99", "max"], ...rows]);
  return [
    "",
    style.dim(`  ${head}`),
    ...lines.map((line, i) => `  ${i === 0 ? style.bold(line) : line}`),
  ];
}

/** Attempts are requests: how many of them were second ones, and what their users saw in the end. */
function retryLines(style: TextStyle, metrics: Summary["metrics"]): readonly string[] {
  const { retries, request_given_up: givenUp } = metrics;
  if (retries?.kind !== "counter") return [];
  const share = givenUp?.kind === "rate" ? `; ${percent(givenUp.rate)} given up in the end` : "";
  return [`  ${style.dim("Retries ")}  ${whole(retries.count)} of the requests${share}`];
}

/** Of requests that carry inputs, documents or samples rather than ask for text. */
function itemLines(style: TextStyle, { items, inputTokens }: Summary["rates"]): readonly string[] {
  if (items === undefined) return [];
  const taken = inputTokens === undefined ? "" : `, ${quantity(inputTokens, "tokens/s")} in`;
  return [`  ${style.dim("Items   ")}  ${quantity(items, "items/s")}${taken}`];
}

/** Of requests that neither failed nor went as others do. */
function unusual({ censored, resent }: Summary["census"]["requests"]): string {
  const cut = censored === 0 ? "" : `, ${whole(censored)} cut off at the end`;
  return resent === undefined ? cut : `${cut}, ${whole(resent)} sent again (connection closed)`;
}

function countLines(
  style: TextStyle,
  { census, rates, failures, metrics }: Summary,
): readonly string[] {
  const { total } = census.measuredRequests;
  if (total === 0 && rates.achieved === undefined) return [];
  const rate = (value: number | undefined, unit: string): string =>
    value === undefined ? ABSENT : quantity(value, unit);
  const failed =
    failures.total === 0
      ? "none failed"
      : style.tone("fail", `${whole(failures.total)} failed (${rate(failures.share, "ratio")})`);
  const goodput = rates.goodput === undefined ? "" : `, goodput ${quantity(rates.goodput, "1/s")}`;
  const dropped = census.measuredIterations.dropped;
  const lost = dropped === 0 ? "" : `, ${style.tone("warn", `${whole(dropped)} dropped`)}`;
  const words = rateWords(rates);
  const started =
    words === undefined ? ABSENT : `${words.started}${words.planned}${words.unplanned}`;
  return [
    "",
    `  ${style.dim("Requests")}  ${whole(total)}, ${failed}${unusual(census.measuredRequests)}`,
    ...retryLines(style, metrics),
    `  ${style.dim("Rate    ")}  ${started}${lost}${goodput}`,
    ...itemLines(style, rates),
    ...(rates.outputTokens === undefined && rates.items !== undefined
      ? []
      : [`  ${style.dim("Tokens  ")}  ${rate(rates.outputTokens, "tokens/s")} out`]),
  ];
}

/** The phases of a spike or a doubled peak side by side, and what became of them. */
function overloadLines(style: TextStyle, summary: Summary): readonly string[] {
  const found = overloadTable(summary);
  if (found === undefined) return [];
  const { phases, rows, sentences } = found;
  const cells = rows.map(({ name, values, change }) => [name, ...values, change]);
  const [head = "", ...lines] = aligned([["", ...phases, ""], ...cells]);
  return [
    "",
    ...sentences.flatMap((sentence) => hanging(style, "  ", sentence, 2)),
    "",
    style.dim(`  ${head}`),
    ...lines.map((line) => `  ${shortened(line, style.width - 2)}`),
  ];
}

/** Nothing where neither energy nor cost is known. */
function energyLines(style: TextStyle, { usage }: Summary): readonly string[] {
  const energy = energyLine(usage);
  const cost = costLine(usage);
  return [
    ...(energy === undefined ? [] : hanging(style, `  ${style.dim("Energy  ")}  `, energy, 12)),
    ...(cost === undefined ? [] : hanging(style, `  ${style.dim("Cost    ")}  `, cost, 12)),
  ];
}

/** What the server says of itself, where it does. */
function serverLines(style: TextStyle, summary: Summary): readonly string[] {
  const times = serverTimesLine(summary);
  const { batchSizes } = summary;
  return [
    ...(times === undefined ? [] : hanging(style, `  ${style.dim("Server  ")}  `, times, 12)),
    ...(batchSizes === undefined
      ? []
      : hanging(style, `  ${style.dim("Batches ")}  `, batchLine(batchSizes), 12)),
  ];
}

function failureLines(style: TextStyle, { failures }: Summary): readonly string[] {
  if (failures.kinds.length === 0) return [];
  const lines = failures.kinds.map(({ kind, count, messages }) => {
    const said = messages[0] === undefined ? "" : `  ${plainText(messages[0].message)}`;
    return cutInside(`  ✘ ${whole(count)} × ${kind}${said}`, style.width);
  });
  return ["", ...lines.map((line) => style.tone("fail", line))];
}

/** Warnings and gates that are not ok, each with what to do about it. */
function doubtLines(style: TextStyle, { validity, warnings }: Summary): readonly string[] {
  const gates = validity.gates
    .filter(({ status }) => status === "warn" || status === "invalid")
    .map(({ status, title, value, unit, detail, advice }) => {
      const found = detail ?? (value === undefined ? "" : quantity(value, unit));
      return { words: gateWords[status], text: `${title}: ${found}`, advice };
    });
  const notes = warnings.map(({ message, advice }) => ({
    words: gateWords.warn,
    text: message,
    advice: advice ?? "",
  }));
  const lines = [...gates, ...notes].flatMap(({ words, text, advice }) => [
    ...hanging(style, `  ${style.tone(words.tone, words.sign)} `, text, 4),
    ...(advice === "" ? [] : hanging(style, `    ${style.dim("→")} `, advice, 6)),
  ]);
  return lines.length === 0 ? [] : ["", ...lines];
}

/** The summary as text, with a newline at the end. */
export function renderTerminal(summary: Summary, options: TerminalOptions): string {
  const style = textStyleOf(options);
  const where =
    options.report === undefined
      ? []
      : ["", `  ${style.dim("Report")}  ${plainText(options.report)}`];
  const lines = [
    ...verdictLines(style, summary),
    "",
    ...factLines(style, summary),
    ...thresholdLines(style, summary),
    ...overloadLines(style, summary),
    ...metricLines(style, summary),
    ...countLines(style, summary),
    ...serverLines(style, summary),
    ...energyLines(style, summary),
    ...failureLines(style, summary),
    ...doubtLines(style, summary),
    ...where,
  ];
  return `${lines.join("\n")}\n`;
}
