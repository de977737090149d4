/** The page of `plimsoll history`: every metric over the sessions, what changed when, and the drift. */
import type { HistoryReport, MetricHistory } from "../../judge/history/history.ts";
import {
  cell,
  numberCell,
  table,
  type Block,
  type Section,
  type TilesBlock,
} from "../page/blocks.ts";
import {
  amount,
  changeRange,
  changeText,
  levelText,
  outcomeTones,
  probability,
  sizeText,
} from "../compare/comparison-words.ts";
import { glossaryLink, glossarySection } from "../page/glossary.ts";
import { historyChart } from "./history-charts.ts";
import {
  changesOf,
  day,
  differsWords,
  leftOutWords,
  levelsSince,
  sessionName,
  sinceWords,
  spanWords,
  tooFewWords,
  type Drift,
} from "./history-words.ts";
import { renderPage, type PageFacts } from "../page/page.ts";
import { counted, parts } from "../text/quantity.ts";
import type { ReportAssets } from "../page/report-input.ts";
import type { VerdictWords } from "../text/verdict-words.ts";

/** More rows than this are behind a fold. */
const SHOWN_SESSIONS = 30;

/** @throws when a template is missing: a bug */
export function renderHistoryPage(
  history: HistoryReport,
  drifts: readonly Drift[],
  { plimsoll, madeAt }: PageFacts,
  assets: ReportAssets,
): string {
  const { scenario, nights, metrics } = history;
  const measured = nights.length > 0;
  return renderPage(
    {
      verdict: pageVerdict(history),
      reason: reasonOf(history, drifts),
      validity: { text: "", tone: "neutral" },
      name: `history of ${scenario}`,
      id: measured ? spanWords(history) : "",
      ...{ startedAt: madeAt, plimsoll },
      tiles: metrics.filter(({ rule }) => rule.gating).flatMap(tileOf),
      sections: measured
        ? [
            ...changeSection(history),
            courseSection(history),
            ...driftSection(drifts),
            sessionsSection(history),
            glossarySection(new Set(metrics.map(({ rule }) => rule.metric))),
          ]
        : [],
      footer: `The history of ${scenario}: it opens questions, and never gates.`,
    },
    assets,
  );
}

function pageVerdict(history: HistoryReport): VerdictWords {
  const found = changesOf(history);
  const { nights } = history;
  if (nights.length === 0) return { title: "No valid runs yet", tone: "neutral", sign: "–" };
  if (tooFewWords(history) !== undefined)
    return { title: counted(nights.length, "sitting"), tone: "neutral", sign: "" };
  if (found.length === 0) return { title: "No change points", tone: "pass", sign: "✔" };
  const tone = found.some(({ change }) => change.worse) ? "warn" : "pass";
  return { title: counted(found.length, "change point"), tone, sign: tone === "warn" ? "▲" : "▼" };
}

function reasonOf(history: HistoryReport, drifts: readonly Drift[]): string {
  const sentences = [
    `${counted(history.nights.length, "sitting")}.`,
    tooFewWords(history) ?? "",
    ...leftOutWords(history).map((text) => `${text}.`),
    ...drifts.map(driftSentence),
  ];
  return sentences.filter((text) => text !== "").join(" ");
}

/** Which metrics; the table has by how much. */
function driftSentence({ baseline, metrics }: Drift): string {
  const moved = metrics.filter(({ outcome }) => outcome === "regression");
  const names = moved.map(({ rule, change }) => `${rule.id} ${changeText(change?.value, rule)}`);
  return moved.length === 0
    ? `No drift for the worse against the anchor of ${baseline}.`
    : `Worse than the anchor of ${baseline}: ${names.join(", ")}.`;
}

function tileOf(metric: MetricHistory): TilesBlock["tiles"] {
  const { rule } = metric;
  const { latest } = levelsSince(metric);
  if (latest === undefined) return [];
  const since = sinceWords(metric);
  const note = since === undefined ? "" : `${since} since the first`;
  const { href = "" } = glossaryLink(rule.metric);
  return [{ label: rule.id, href, ...parts(latest, rule.unit), note, tone: "" }];
}

function changeSection(history: HistoryReport): readonly Section[] {
  const found = changesOf(history);
  if (found.length === 0) return [];
  const headings = [
    "metric",
    "#change",
    "#before",
    "#after",
    "from",
    "what differs",
    "last before",
    "#p",
  ];
  const rows = found.map(({ rule, change }) => [
    cell(rule.id, glossaryLink(rule.metric)),
    {
      ...numberCell(`${change.worse ? "▲" : "▼"} ${changeText(change.change, rule)}`),
      ...{
        tone: change.worse ? ("warn" as const) : ("pass" as const),
        sort: String(change.change),
      },
    },
    numberCell(amount(change.before, rule)),
    numberCell(amount(change.after, rule)),
    cell(sessionName(history, change.first)),
    cell(differsWords(change)),
    cell(sessionName(history, change.last)),
    numberCell(probability(change.p)),
  ]);
  const caption = "▲ worse, ▼ better. Levels are of the sittings up to the next change point.";
  return [
    {
      id: "changes",
      title: "Change points",
      intro: "Questions to ask, never a gate: what was changed between these sittings?",
      blocks: [table(headings, rows, { caption, sortable: true })],
    },
  ];
}

/** What gates first; the others behind it, since somebody will ask. */
function courseSection(history: HistoryReport): Section {
  const { metrics } = history;
  const ordered = [...metrics].sort((a, b) => Number(b.rule.gating) - Number(a.rule.gating));
  const blocks: Block[] = [];
  for (let i = 0; i < ordered.length; i += 2) {
    const pair = ordered.slice(i, i + 2).map((metric) => historyChart(history, metric));
    blocks.push({ partial: "pair", blocks: pair });
  }
  const intro =
    "Each point is a sitting: the mean of its runs, geometric for times and rates. The axes do not start at 0; they show at least 1.5 margins around the values.";
  return { id: "course", title: "Course", intro, blocks };
}

function driftSection(drifts: readonly Drift[]): readonly Section[] {
  if (drifts.length === 0) return [];
  const headings = ["metric", "outcome", "#anchor", "#latest", "#change", "#margin"];
  const blocks = drifts.map(({ baseline, metrics }) => {
    const rows = metrics.map((one) => [
      cell(one.rule.id, glossaryLink(one.rule.metric)),
      cell(one.outcome, { tone: outcomeTones[one.outcome], title: one.reason }),
      numberCell(levelText(one.baseline, one.rule)),
      numberCell(levelText(one.candidate, one.rule)),
      numberCell(changeRange(one)),
      numberCell(sizeText(one.margin, one.rule)),
    ]);
    return table(headings, rows, { title: `Anchor of ${baseline}` });
  });
  return [
    {
      id: "drift",
      title: "Drift against the anchor",
      intro:
        "The latest sitting against the pinned first level: slow drift that no single night shows.",
      blocks,
    },
  ];
}

function sessionsSection({ nights, metrics }: HistoryReport): Section {
  const shown = metrics.filter(({ rule }) => rule.gating);
  const headings = [
    "sitting",
    "commit",
    "server build",
    "#runs",
    ...shown.map(({ rule }) => `#${rule.id}`),
  ];
  const rows = nights
    .map((night, at) => [
      cell(day(night.startedAt), { title: night.startedAt, sort: night.startedAt }),
      cell(night.commit?.slice(0, 10) ?? "", { mono: true }),
      cell(night.build ?? ""),
      numberCell(String(night.runs.length)),
      ...shown.map(({ rule, values }) => {
        const value = values[at] ?? undefined;
        return {
          ...numberCell(value === undefined ? undefined : amount(value, rule)),
          ...(value !== undefined && { sort: String(value) }),
        };
      }),
    ])
    .reverse();
  const fold = nights.length > SHOWN_SESSIONS ? `All ${counted(nights.length, "sitting")}` : "";
  const block = table(headings, rows, { sortable: true, fold });
  return { id: "sittings", title: "Sittings", intro: "The newest first.", blocks: [block] };
}
