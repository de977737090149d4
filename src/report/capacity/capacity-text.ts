/** A capacity result for a terminal: the answer first, then every level. */
import type { CapacityDocument, CapacityEnd } from "../../judge/capacity/capacity.ts";
import { policySentences } from "../text/policy-words.ts";
import type { Level } from "../../judge/capacity/level.ts";
import { hanging, textStyleOf, type TextStyle, type TextStyleOptions } from "../text/text-style.ts";
import { aligned, plainText } from "../text/plain-text.ts";
import { limitText, percent, quantity, whole } from "../text/quantity.ts";
import { serverName } from "../text/server-name.ts";
import type { Tone } from "../text/verdict-words.ts";

const TONES: Readonly<Record<CapacityEnd, readonly [string, Tone]>> = {
  found: ["✔", "pass"],
  above: ["✔", "pass"],
  budget: ["!", "warn"],
  open: ["!", "neutral"],
  interrupted: ["!", "neutral"],
  invalid: ["!", "warn"],
  below: ["✘", "fail"],
  target_failed: ["✘", "fail"],
};

export interface CapacityTextOptions extends TextStyleOptions {
  /** The page, as the reader can open it. */
  readonly report?: string;
}

export function renderCapacity(document: CapacityDocument, options: CapacityTextOptions): string {
  const style = textStyleOf(options);
  const { report } = options;
  return [
    ...answer(style, document),
    ...about(style, document),
    ...levelLines(style, document),
    ...(report === undefined ? [] : ["", `  ${style.dim("Report")}  ${plainText(report)}`]),
    "",
  ].join("\n");
}

export function capacityTone({ outcome }: CapacityDocument): readonly [string, Tone] {
  return TONES[outcome.end];
}

/** The answer in a line, and what else is to be said of it, a sentence each. */
export function capacityAnswer({ outcome, by }: CapacityDocument): {
  readonly head: string;
  readonly notes: readonly string[];
} {
  const { estimate, limiting, policy, message, unsteady } = outcome;
  const head =
    estimate === undefined
      ? message
      : `Capacity ${loadText(by, estimate.capacity)} (90 % interval ${loadText(by, estimate.low)} to ${loadText(by, estimate.high)})`;
  const notes = [
    ...(estimate === undefined || outcome.end === "found" ? [] : [message]),
    ...(limiting === undefined ? [] : [`Above it, ${limiting} is missed first.`]),
    ...(unsteady === undefined ? [] : [unsteadySentence(unsteady)]),
    ...policySentences(policy),
  ];
  return { head, notes };
}

function unsteadySentence({
  needed,
  warmup,
}: NonNullable<CapacityDocument["outcome"]["unsteady"]>): string {
  return `Levels take about ${limitText(Math.round(needed / 100) * 100, "ms")} to become steady, and had ${limitText(warmup, "ms")}: a longer --level-time gives them the time.`;
}

function answer(style: TextStyle, document: CapacityDocument): readonly string[] {
  const [sign, tone] = capacityTone(document);
  const { head, notes } = capacityAnswer(document);
  return [
    "",
    style.tone(tone, style.bold(`${sign} ${head}`)),
    ...notes.flatMap((note) => hanging(style, "  ", note, 2)),
  ];
}

function about(style: TextStyle, document: CapacityDocument): readonly string[] {
  const rows = capacityFacts(document);
  return ["", ...rows.flatMap(([name, text]) => hanging(style, `  ${name.padEnd(11)}`, text, 13))];
}

export function capacityFacts(document: CapacityDocument): readonly (readonly [string, string])[] {
  const { slo, limits, outcome, target, scenario } = document;
  const wanted = slo.map(({ metric, limit }) => `${metric} ≤ ${limitText(limit, "ms")}`).join(", ");
  const best = [
    ...(outcome.bestThroughput === undefined
      ? []
      : [`${quantity(outcome.bestThroughput, "1/s")} requests`]),
    ...(outcome.bestTokensPerSecond === undefined
      ? []
      : [quantity(outcome.bestTokensPerSecond, "tokens/s")]),
  ];
  return [
    ["Scenario", scenario],
    ...(target === undefined ? [] : [["Target", `${serverName(target)}, ${target.url}`] as const]),
    [
      "Holds when",
      `${percent(limits.share)} of requests are good${wanted === "" ? "" : `: ${wanted}`}`,
    ],
    ...(best.length === 0 ? [] : [["Most seen", best.join(", ")] as const]),
    ...(outcome.knee === undefined
      ? []
      : [
          [
            "Knee",
            `${loadText(document.by, outcome.knee)}: best throughput for its latency`,
          ] as const,
        ]),
  ];
}

function levelLines(style: TextStyle, { levels, by }: CapacityDocument): readonly string[] {
  if (levels.length === 0) return ["", "  No level was measured."];
  const sorted = [...levels].sort((a, b) => a.load - b.load);
  const head = ["load", "good", "goodput", "tokens/s", "TTFT p95", "E2E p95", ""];
  const [first = "", ...rest] = aligned([head, ...sorted.map((level) => cells(by, level))]);
  return ["", style.dim(`  ${first}`), ...rest.map((line) => `  ${line}`)];
}

function cells(by: CapacityDocument["by"], level: Level): readonly string[] {
  const shown = (value: number | undefined, unit: string): string =>
    value === undefined ? "–" : quantity(value, unit);
  const { requests, good } = level;
  return [
    loadText(by, level.load),
    requests === 0 ? "–" : `${percent(good / requests)} of ${whole(requests)}`,
    shown(level.goodput, "1/s"),
    level.tokensPerSecond === undefined ? "–" : whole(level.tokensPerSecond),
    shown(level.ttft, "ms"),
    shown(level.e2e, "ms"),
    levelVerdict(level),
  ];
}

export function levelVerdict({ held, limiting, saturated, valid }: Level): string {
  const why = saturated ? "queue grew" : plainText(limiting ?? "");
  const verdict = held ? "✔" : `✘ ${why}`;
  return valid ? verdict : `${verdict} INVALID, not counted`;
}

export function loadText(by: CapacityDocument["by"], value: number): string {
  return by === "rate" ? quantity(value, "1/s") : `${whole(value)} at once`;
}
