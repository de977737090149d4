/**
 * What a run was measured on, put together from everything its file says of it, and in what two
 * runs differ. Source of the policy: statistics 2.3 of the shared reference (structured fields,
 * hard ones bar a verdict, soft ones lower confidence).
 */
import { classOfField, type FieldClass, type Fingerprint } from "../../core/fingerprint.ts";
import type { Environment, RunHeader, TargetLine } from "../../core/records.ts";
import { present } from "../../core/present.ts";
import { normalisedFlags } from "./server-flags.ts";

/** Raised when a metric's definition changes, so that its numbers cannot be compared any more. */
export const STATISTICS_VERSION = 1;

/** What the fingerprint is made of; a Collector is one. */
export interface FingerprintFacts {
  readonly header: RunHeader;
  readonly target: TargetLine | undefined;
  /** All `fingerprint` lines together. */
  readonly fingerprint: Fingerprint;
}

/**
 * Every field that is known of a run. What was found out on purpose (`fingerprint` lines) goes
 * before what header and target happen to say. Fields of class `observed` come from the series:
 * judge/summarize.ts adds them to the summary's `fingerprint`.
 */
export function fingerprintOf({ header, target, fingerprint }: FingerprintFacts): Fingerprint {
  return {
    ...clientFields(header.environment, target?.sameMachine),
    ...(target?.sameMachine === true && hostFields(header.environment)),
    ...(target !== undefined && targetFields(target)),
    "plan.hash": header.planHash,
    "plimsoll.version": header.plimsoll,
    "plimsoll.statistics": STATISTICS_VERSION,
    ...fingerprint,
  };
}

function clientFields(machine: Environment, sameMachine: boolean | undefined): Fingerprint {
  const { arch, cores, cpu, memoryBytes, os, hostname, node } = machine;
  const place =
    sameMachine === undefined
      ? []
      : [sameMachine ? "on the server's machine" : "apart from the server"];
  return {
    "client.class": [arch, `${cores} cores`, ...place].join(", "),
    "client.cpu": cpu,
    "client.memory": memoryBytes,
    "client.kernel": os,
    "client.hostname": hostname,
    "client.node": node,
  };
}

/** The client's machine is the server's. */
function hostFields({ cpu, cores, memoryBytes, os }: Environment): Fingerprint {
  return {
    "host.cpu": cpu,
    "host.cores": cores,
    "host.memory": memoryBytes,
    "host.kernel": os,
  };
}

function targetFields({ identity }: TargetLine): Fingerprint {
  const { kind, server, build, slots, contextTokens, model, modelFile, command } = identity;
  const { modelRoot } = identity;
  const fields = present({
    "server.kind": kind,
    "server.product": server,
    "server.build": build,
    "server.flags": normalisedFlags(command),
    "server.slots": slots,
    "server.context": contextTokens,
    // A path says where the file lies on one machine.
    "model.name": (modelFile?.path ?? model)?.split(/[/\\]/).at(-1),
    "model.root": modelRoot === undefined ? undefined : rootName(modelRoot),
    "model.bytes": modelFile?.bytes,
  });
  return fields;
}

/** `owner/name` of a hub is a name; of a path the last part is, the rest says where it lies. */
function rootName(root: string): string {
  const isPath = /^[/.~]|^[A-Za-z]:|\\/.test(root) || root.split("/").length > 2;
  return isPath ? (root.split(/[/\\]/).findLast((part) => part !== "") ?? root) : root;
}

/** A field in which two runs differ; a side that does not know it has no value. */
export interface Difference {
  readonly field: string;
  readonly class: FieldClass;
  readonly baseline?: string | number | boolean;
  readonly candidate?: string | number | boolean;
}

/** Relative differences below which two numbers are the same: what is measured has noise. */
const TOLERANCE: Readonly<Record<string, number>> = {
  // Kernels of one machine keep different amounts for themselves.
  "host.memory": 0.02,
  "client.memory": 0.02,
  "host.container_memory": 0.001,
  "server.kv_blocks": 0.02,
  "observed.output_tokens_mean": 0.01,
  "observed.gpu_clock_sm": 0.03,
  "observed.gpu_temperature": 0.15,
};

/** Differences of shares below which they are the same. */
const SHARE_TOLERANCE: Readonly<Record<string, number>> = { "prompts.cached_share": 0.05 };

const ORDER: readonly FieldClass[] = ["hard", "soft", "observed", "info"];

/**
 * Fields in which two runs differ, hard ones first. A field that only one side knows cannot show
 * that they measured different things: where its class is hard, the difference is soft.
 */
export function differences(baseline: Fingerprint, candidate: Fingerprint): readonly Difference[] {
  const fields = [...new Set([...Object.keys(baseline), ...Object.keys(candidate)])].sort();
  return fields
    .filter((field) => !areSame(field, baseline[field], candidate[field]))
    .map((field) => {
      const [before, after] = [baseline[field], candidate[field]];
      const own = classOfField(field);
      const isOneSided = before === undefined || after === undefined;
      return present({
        field,
        class: isOneSided && own === "hard" ? ("soft" as const) : own,
        baseline: before,
        candidate: after,
      });
    })
    .sort((a, b) => ORDER.indexOf(a.class) - ORDER.indexOf(b.class));
}

type Value = Fingerprint[string] | undefined;

function areSame(field: string, a: Value, b: Value): boolean {
  if (typeof a !== "number" || typeof b !== "number") return a === b;
  const share = SHARE_TOLERANCE[field];
  if (share !== undefined) return Math.abs(a - b) <= share;
  const tolerance = TOLERANCE[field];
  if (tolerance === undefined) return a === b;
  return Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
}
