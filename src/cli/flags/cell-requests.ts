/** What is to be measured in each cell: an order as `plimsoll run` would have it. */
import { usageError } from "../../core/errors.ts";
import type { Axis, Setting } from "../../judge/sweep/grid.ts";
import type { GroupedRequest } from "../../session/run/run-request.ts";
import type { CellRequest } from "../../session/sweep/cell-request.ts";
import type { Call } from "../command.ts";
import { parseFlags, type Flags, type FlagSpec, type FlagTable } from "./flags.ts";
import { prepareRequest } from "./prepare-request.ts";
import { flagWords } from "./axis-keys.ts";
import { REQUEST_FLAGS } from "./request-flags.ts";

/**
 * Every cell is prepared before the first is measured: what is wrong with the last is told at once.
 *
 * @throws usage errors
 */
export async function cellRequests(
  call: Call,
  settings: readonly Setting[],
  say: (text: string) => void,
): Promise<readonly CellRequest[]> {
  const cells: CellRequest[] = [];
  for (const setting of settings) {
    const flags = cellFlags(call.flags, setting);
    const argv = ["run", ...call.positionals, ...runWords(flags)];
    const request = await prepareRequest({ ...call, flags, argv }, say);
    cells.push({ setting, request: call.flags.on("goodput") ? withoutShare(request) : request });
  }
  return cells;
}

/** `--goodput` stands in for the scenario's own limit on the share within the SLO. */
function withoutShare(request: GroupedRequest): GroupedRequest {
  const thresholds = request.plan.thresholds.filter(({ metric }) => metric !== "slo_met");
  return { ...request, plan: { ...request.plan, thresholds } };
}

function cellFlags(flags: Flags, setting: Setting): Flags {
  const words = Object.entries(setting).flatMap(([key, value]) => flagWords(key, value));
  const { flags: own } = parseFlags(words, REQUEST_FLAGS);
  return flags.joined(own, ["env", "server-arg"]);
}

/** The flags as `plimsoll run` takes them, so that a cell's report says how to measure it again. */
function runWords(flags: Flags): readonly string[] {
  const table: FlagTable = REQUEST_FLAGS;
  return Object.entries(table).flatMap(([name, spec]) => {
    if (!flags.on(name)) return [];
    if (spec.kind === "switch") return [`--${name}`];
    return flags.all(name).flatMap((value) => wordsFor(name, value, spec));
  });
}

function wordsFor(name: string, value: string, { bare }: FlagSpec): readonly string[] {
  const inline = bare !== undefined || value.startsWith("-");
  return inline ? [`--${name}=${value}`] : [`--${name}`, value];
}

/** A peak that the scenario does not use would make equal cells look like different ones. */
export function refuseIdle(axes: readonly Axis[], cells: readonly CellRequest[]): void {
  const axis = axes.find(({ key }) => key === "peak");
  const [first, second] = axis?.values ?? [];
  if (first === undefined || second === undefined) return;
  const plansOf = (peak: string): string =>
    JSON.stringify(
      cells
        .filter(({ setting }) => setting["peak"] === peak)
        .map(({ request }) => [request.plan.scenarios, request.plan.thresholds, request.plan.slo]),
    );
  if (plansOf(first) !== plansOf(second)) return;
  throw usageError(
    "--vary peak: it changes nothing: the scenario's options are not made of it",
    "Use a scenario whose rate is its peak, such as steady, or vary the concurrency.",
  );
}
