/**
 * What comparing runs needs of a run, in one small object: `digest.json` of a run directory, an entry
 * of a baseline, a line of a history (there without the packed data).
 */
import type { Fingerprint } from "../../core/fingerprint.ts";
import type { Aggregation, ThresholdPlan } from "../../scenario/plan.ts";
import { present } from "../../core/present.ts";
import type { Summary, Validity, Verdict } from "../summary.ts";
import { CACHED_SHARE } from "../machine/observed.ts";
import { canaryTexts, type CanaryTexts } from "./canary-texts.ts";
import type { RunParts } from "./digest-builder.ts";
import { figureId, figuresOf, type Figures } from "./figures.ts";
import { packItems, packWindows } from "./pack.ts";

export const DIGEST_SCHEMA = "plimsoll.digest/1";

export interface RunDigest {
  readonly run: string;
  /** Name of the scenario file, without folder or extension. */
  readonly scenario: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** The session it was measured in: the repeats of one command, else the night. */
  readonly session: string;
  readonly plimsoll: string;
  readonly planHash: string;
  readonly loop: Summary["run"]["loop"];
  readonly status: Verdict["status"];
  readonly validity: Validity["status"];
  /** Why it is invalid or did not end as it should; absent when all is well. */
  readonly trouble?: string;
  /** Requests of the measured phases that ended, and the length of those phases, ms. */
  readonly requests: number;
  readonly measuredMs: number;
  readonly fingerprint: Fingerprint;
  readonly figures: Figures;
  /** What the canary prompts were answered with; absent without any. */
  readonly canaries?: readonly CanaryTexts[];
  /** Limits that the scenario sets on figures. */
  readonly limits: readonly FigureLimit[];
  /** Windows and items (digest/pack.ts); a history keeps none. */
  readonly data?: PackedData;
}

export interface PackedData {
  readonly windows: string;
  readonly items: string;
}

/** A threshold of the scenario that is about one figure of the whole run. */
export interface FigureLimit {
  readonly figure: string;
  /** As written: `p(95)<2000`. */
  readonly source: string;
  readonly limit: number;
  /** On which side of the limit a value is good. */
  readonly good: "below" | "above";
}

export function digestOf(summary: Summary, parts: RunParts): RunDigest {
  const { run, verdict, validity, census } = summary;
  const trouble = troubleOf(verdict);
  return {
    run: run.id,
    scenario: run.name,
    startedAt: run.startedAt,
    session: parts.header.repeat?.group ?? sessionOf(run.startedAt),
    plimsoll: run.plimsoll,
    planHash: run.planHash,
    loop: run.loop,
    status: verdict.status,
    validity: validity.status,
    ...present({ trouble }),
    requests: census.measuredRequests.ok + census.measuredRequests.failed,
    measuredMs: run.measured.ms,
    fingerprint: sorted({
      ...parts.fingerprint,
      ...present({ [CACHED_SHARE]: summary.fingerprint[CACHED_SHARE] }),
    }),
    figures: figuresOf(summary, parts.windows),
    ...present({ canaries: canaryTexts(summary, parts.plan) }),
    limits: limitsOf(parts.plan.thresholds),
    data: { windows: packWindows(parts.windows), items: packItems(parts.items) },
  };
}

function troubleOf({ status, reasons }: Verdict): string | undefined {
  if (status === "passed" || status === "failed") return undefined;
  return reasons[0]?.trim().split("\n", 1)[0] ?? status;
}

/** The date of the evening: noon to noon, UTC, so that a night is one session. */
export function sessionOf(startedAt: string): string {
  return new Date(Date.parse(startedAt) - 12 * 3_600_000).toISOString().slice(0, 10);
}

function sorted(fingerprint: Fingerprint): Fingerprint {
  return Object.fromEntries(Object.entries(fingerprint).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function limitsOf(thresholds: readonly ThresholdPlan[]): readonly FigureLimit[] {
  return thresholds.flatMap(({ metric, selector, source, aggregation, operator, limit }) => {
    const figure = figureOf(metric, aggregation);
    if (figure === undefined || Object.keys(selector).length > 0) return [];
    if (operator === "==" || operator === "!=") return [];
    return [{ figure, source, limit, good: operator.startsWith("<") ? "below" : "above" }];
  });
}

function figureOf(metric: string, aggregation: Aggregation): string | undefined {
  if (aggregation.kind === "percentile") return figureId(metric, aggregation.p);
  if (aggregation.kind === "med") return figureId(metric, 50);
  return aggregation.kind === "rate" || aggregation.kind === "value" ? metric : undefined;
}
