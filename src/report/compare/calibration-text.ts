/** What a calibration found, on the terminal. */
import type { MetricCalibration } from "../../judge/compare/calibrate.ts";
import { sizeText } from "./comparison-words.ts";
import { aligned } from "../text/plain-text.ts";
import { ABSENT, percent } from "../text/quantity.ts";

const HEADINGS = [
  "",
  "run noise",
  "session noise",
  "margin",
  "MDE, 5 vs 5",
  "runs each",
  "false alarms [95 %]",
];

export function renderCalibration(rows: readonly MetricCalibration[], trials: number): string {
  const table = aligned([HEADINGS, ...rows.map(cells)]).map((line) => `  ${line}`);
  const doubtful = rows.filter(({ trusted }) => !trusted).map(({ rule }) => rule.id);
  const lines = [
    `${trials} comparisons of the target with itself`,
    "",
    ...table,
    "",
    "  Noise: standard deviation between runs of one sitting, and between sittings (calibrate again",
    "  on other days to learn it). MDE: smallest change found 4 times in 5. Runs each: how many on",
    "  each side find a change as large as the margin 4 times in 5.",
    ...(doubtful.length === 0
      ? []
      : [`  ! cries wolf: ${doubtful.join(", ")}; its noise is taken to be wider than it looks`]),
  ];
  return `${lines.join("\n")}\n`;
}

function cells(one: MetricCalibration): readonly string[] {
  const { rule, prior, mde80, runsNeeded, comparisons, regressions, falseAlarms } = one;
  const size = (value: number | undefined): string =>
    value === undefined ? ABSENT : sizeText(value, rule);
  const range =
    falseAlarms === undefined ? "" : ` [${percent(falseAlarms.low)}, ${percent(falseAlarms.high)}]`;
  return [
    rule.id,
    size(prior?.run.sd),
    size(prior?.session?.sd),
    sizeText(rule.margin, rule),
    size(mde80),
    runsNeeded === undefined ? ABSENT : String(runsNeeded),
    `${regressions} of ${comparisons}${range}`,
  ];
}
