/** A short summary for a pull-request comment or a CI job's summary page (GitHub Markdown). */
import type { ComparisonDocument } from "../../judge/compare/comparison.ts";
import type { Summary } from "../../judge/summary.ts";
import { comparisonWords, verdictSentence, whatWasCompared } from "../compare/comparison-words.ts";
import { costLine, energyLine } from "../text/energy-words.ts";
import { measuredLabel, metricLabel } from "../text/metric-labels.ts";
import { code, ICONS, prose, tableOf } from "../text/markdown-parts.ts";
import { overloadTable } from "../text/overload-table.ts";
import { counted, quantity, whole } from "../text/quantity.ts";
import { comparisonRows } from "../compare/section-comparison.ts";
import { headlineNames } from "../run/section-verdict.ts";
import { serverName } from "../text/server-name.ts";
import { singleValue } from "../text/single-value.ts";
import { reasonSentence, validitySentence, verdictWords } from "../text/verdict-words.ts";

function metricsTable(summary: Summary): readonly string[] {
  const rows = headlineNames(summary).flatMap((name) => {
    const found = summary.metrics[name];
    if (found === undefined) return [];
    if (found.kind === "trend") {
      const values = [found.p50, found.p95, found.p99];
      return [[measuredLabel(name, found), ...values.map((value) => quantity(value, found.unit))]];
    }
    const measured = singleValue(found);
    return [
      [metricLabel(name), quantity(measured, found.kind === "counter" ? "" : found.unit), "", ""],
    ];
  });
  return rows.length === 0 ? [] : [tableOf(["", "p50 or value", "p95", "p99"], rows)];
}

function thresholdsTable({ thresholds }: Summary): readonly string[] {
  if (thresholds.length === 0) return [];
  const rows = thresholds.map(({ key, source, value, unit, ok }) => [
    `${ok ? "✅" : "❌"} ${code(`${key}: ${source}`)}`,
    value === undefined ? "no data" : quantity(value, unit),
  ]);
  return [tableOf(["Threshold", "measured"], rows)];
}

function overloadPart(summary: Summary): readonly string[] {
  const found = overloadTable(summary);
  if (found === undefined) return [];
  const headings = ["", ...found.phases.map(prose), "change"];
  const rows = found.rows.map(({ name, values, change }) => [name, ...values, change].map(prose));
  return [found.sentences.map(prose).join("\\\n"), tableOf(headings, rows)];
}

/** Nothing where neither energy nor cost is known. */
function energyList({ usage }: Summary): readonly string[] {
  const [energy, cost] = [energyLine(usage), costLine(usage)];
  const parts = [
    ...(energy === undefined ? [] : [`Energy: ${prose(energy)}`]),
    ...(cost === undefined ? [] : [`Cost: ${prose(cost)}`]),
  ];
  return parts.length === 0 ? [] : [parts.join("\\\n")];
}

function failuresList({ failures }: Summary): readonly string[] {
  if (failures.kinds.length === 0) return [];
  const lines = failures.kinds.map(({ kind, count, messages }) => {
    const said = messages[0] === undefined ? "" : `: ${code(messages[0].message)}`;
    return `- ${whole(count)} × ${code(kind)}${said}`;
  });
  return [`**${counted(failures.total, "failed request")}**\n\n${lines.join("\n")}`];
}

function doubtsList({ validity, warnings }: Summary): readonly string[] {
  const gates = validity.gates
    .filter(({ status }) => status === "warn" || status === "invalid")
    .map(
      ({ title, detail, advice }) =>
        `- ⚠️ ${prose([`${title}${detail === undefined ? "" : `: ${detail}`}`, advice].join(" → "))}`,
    );
  const notes = warnings.map(
    ({ message, advice }) =>
      `- ⚠️ ${prose(advice === undefined ? message : `${message} → ${advice}`)}`,
  );
  const lines = [...gates, ...notes];
  return lines.length === 0 ? [] : [lines.join("\n")];
}

function footnote({ run, target, plan }: Summary): string {
  const what = target === undefined ? [] : [serverName(target), target.model ?? ""];
  const traffic = plan.scenarios.map((scenario) => scenario.traffic).join("; ");
  const parts = [what.length === 0 ? [] : code(what.join(" ")), code(traffic)].flat();
  return `<sub>${[...parts, `run ${code(run.id)}`].join(" · ")}</sub>`;
}

function comparisonPart(comparison: ComparisonDocument): string {
  const { title, tone } = comparisonWords[comparison.verdict.status];
  const headings = ["compared", "accepted", "judged", "change", "margin", "verdict"];
  const rows = comparisonRows(comparison).map((cells) => cells.map(prose));
  return [
    `**${ICONS[tone]} ${title}**: ${prose(whatWasCompared(comparison))}. ${prose(verdictSentence(comparison))}`,
    ...(rows.length === 0 ? [] : [tableOf(headings, rows)]),
  ].join("\n\n");
}

/**
 * The summary as GitHub Markdown, with a newline at the end.
 *
 * @param comparison how the run compares with accepted ones, where it was compared
 */
export function renderMarkdown(summary: Summary, comparison?: ComparisonDocument): string {
  const { title, tone } = verdictWords[summary.verdict.status];
  const parts = [
    `### ${ICONS[tone]} ${title}: ${code(summary.run.name)}`,
    `${prose(reasonSentence(summary))} ${prose(validitySentence(summary))}`,
    ...(comparison === undefined ? [] : [comparisonPart(comparison)]),
    ...thresholdsTable(summary),
    ...overloadPart(summary),
    ...metricsTable(summary),
    ...energyList(summary),
    ...failuresList(summary),
    ...doubtsList(summary),
    footnote(summary),
  ];
  return `${parts.join("\n\n")}\n`;
}
