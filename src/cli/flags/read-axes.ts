/** From `--vary KEY=A,B,C` to the axes of a sweep; what is wrong is refused. */
import { usageError } from "../../core/errors.ts";
import type { Axis } from "../../judge/sweep/grid.ts";
import { nearestName } from "../../scenario/nearest.ts";
import type { Flags } from "./flags.ts";
import { axisKey, canonicalKey, KEY_NAMES, type AxisKey, type ValueRule } from "./axis-keys.ts";

/** More cells than this are a mistake, or a week: unless somebody says otherwise. */
const MOST_CELLS = 100;

/** @throws usage errors */
export function axesOf(flags: Flags): readonly Axis[] {
  const written = flags.all("vary");
  if (written.length === 0)
    throw usageError(
      "sweep: --vary is missing: what is to be varied?",
      `For example --vary concurrency=1,4,8,16,32\nThere is ${KEY_NAMES.join(", ")}.`,
    );
  const axes = written.map(axisOf);
  for (const [at, { key }] of axes.entries())
    if (axes.findIndex((axis) => axis.key === key) < at)
      throw usageError(
        `--vary ${key}: it is varied twice`,
        `Give all its values at once: --vary ${key}=A,B,C`,
      );
  refuseTooMany(axes, flags);
  refuseConflicts(axes, flags);
  return axes;
}

function axisOf(text: string): Axis {
  const at = text.indexOf("=");
  const written = at < 0 ? text : text.slice(0, at);
  const key = canonicalKey(written.trim());
  const known = axisKey(key);
  if (known === undefined) throw unknownKey(written, key);
  const list = at < 0 ? "" : text.slice(at + 1).trim();
  if (list === "")
    throw usageError(
      `--vary ${key}: it has no values`,
      `Write them after "=", separated by commas: --vary ${key}=A,B,C`,
    );
  const values = list.split(",").map((value) => valueOf(key, known.values, value.trim()));
  const twice = values.find((value, place) => values.indexOf(value) < place);
  if (twice !== undefined)
    throw usageError(`--vary ${key}: ${twice} is there twice`, "Give every value once.");
  return { key, values };
}

function unknownKey(written: string, key: string): Error {
  const nearest = nearestName(key, KEY_NAMES);
  const question = nearest === undefined ? "" : `Did you mean ${nearest}? `;
  return usageError(
    `--vary: there is no "${written}" to vary`,
    `${question}There is ${KEY_NAMES.join(", ")}.`,
  );
}

function valueOf(key: string, rule: ValueRule, value: string): string {
  if (!rule.accepts(value))
    throw usageError(`--vary ${key}: expected ${rule.expected}, got "${value}"`);
  const number = Number(value);
  return rule.numeric && Number.isFinite(number) ? String(number) : value;
}

function refuseTooMany(axes: readonly Axis[], flags: Flags): void {
  const cells = axes.reduce((product, { values }) => product * values.length, 1);
  const most = flags.integer("max-cells", 1) ?? MOST_CELLS;
  if (cells <= most) return;
  const product = axes.map(({ values }) => values.length).join(" × ");
  throw usageError(
    `sweep: ${product} = ${cells} cells are more than ${most}`,
    `Leave values out, or allow it: --max-cells ${cells}`,
  );
}

/** Two that set the same, and traffic flags that make a varied one do nothing. */
const EXCLUDED: Readonly<Record<string, readonly string[]>> = {
  concurrency: ["peak"],
  peak: ["vus", "iterations"],
};

function refuseConflicts(axes: readonly Axis[], flags: Flags): void {
  const keys = axes.map(({ key }) => key);
  if (keys.includes("concurrency") && keys.includes("peak"))
    throw usageError(
      "--vary concurrency and --vary peak: a closed loop has no rate",
      "Vary one of them: concurrency for a closed loop, peak for an open one.",
    );
  if (flags.text("peak") === "auto")
    throw usageError(
      "sweep: --peak auto would give every cell a load of its own",
      "Give one rate (--peak 5), or vary it (--vary peak=2,5,10).",
    );
  for (const key of keys) {
    const known = axisKey(key);
    const clash = [...flagsSet(known), ...(EXCLUDED[key] ?? [])].find((name) => flags.on(name));
    if (clash !== undefined)
      throw usageError(
        `--vary ${key} and --${clash} cannot be used together`,
        `Leave --${clash} out.`,
      );
    refuseArgument(key, known, flags);
    const name = /^env\.(.*)$/.exec(key)?.[1];
    if (name !== undefined && Object.hasOwn(flags.pairs("env", "="), name))
      throw usageError(`--vary ${key} and -e ${name} cannot be used together`, "Leave -e out.");
  }
}

function flagsSet(known: AxisKey | undefined): readonly string[] {
  return known !== undefined && "flag" in known.sets && known.sets.flag !== "env"
    ? [known.sets.flag]
    : [];
}

/** The same argument, given for all cells and varied; -b is --batch-size. */
const SHORT: Readonly<Record<string, string>> = {
  "--batch-size": "-b",
  "--ubatch-size": "-ub",
  "--flash-attn": "-fa",
  "--cache-type-k": "-ctk",
  "--cache-type-v": "-ctv",
  "--gpu-layers": "-ngl",
};

function refuseArgument(key: string, known: AxisKey | undefined, flags: Flags): void {
  if (known === undefined || !("argument" in known.sets)) return;
  const { argument } = known.sets;
  const given = flags
    .all("server-arg")
    .map((word) => word.split("=")[0])
    .find((word) => word === argument || word === SHORT[argument]);
  if (given !== undefined)
    throw usageError(
      `--vary ${key} and --server-arg=${given} cannot be used together`,
      "Leave the argument out.",
    );
}

/** Server flags are of servers that we start. @throws usage errors */
export function refuseForTarget(axes: readonly Axis[], target: string): void {
  for (const { key } of axes) {
    const known = axisKey(key);
    if (known?.of !== "server" || target === "llama-server") continue;
    if (target !== "embedded")
      throw usageError(
        `--vary ${key}: the server at the other end is not ours to start with other flags`,
        "Vary the load (concurrency, peak, prompt-tokens, output-tokens, env.NAME), or let Plimsoll start\nthe server: --target llama-server. To compare two servers that run: plimsoll ab.",
      );
    if ("argument" in known.sets)
      throw usageError(
        `--vary ${key}: the embedded server has no such flag`,
        "Measure the real one: --target llama-server (`plimsoll server build` makes it).",
      );
  }
}
