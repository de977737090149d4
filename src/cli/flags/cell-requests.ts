/** What is to be measured in each cell: an order as `plimsoll run` would have it. */
import { usageError } from "../../core/errors.ts";
import type { Axis, Setting } from "../../judge/sweep/grid.ts";
import type { GroupedOrder } from "../../session/run/run-request.ts";
import type { CellOrder } from "../../session/sweep/cell-order.ts";
import type { Call } from "../command.ts";
import { parseFlags, type Flags, type FlagSpec, type FlagTable } from "./flags.ts";
import { prepareOrder } from "./prepare-request.ts";
import { flagWords } from "./axis-keys.ts";
import { ORDER_FLAGS } from "./request-flags.ts";

/**
 * Every cell is prepared before the first is measured: what is wrong with the last is told at once.
 *
 * @throws usage errors
 */
export async function cellOrders(
  call: Call,
  settings: readonly Setting[],
  say: (text: string) => void,
): Promise<readonly CellOrder[]> {
  const cells: CellOrder[] = [];
  for (const setting of settings) {
    const flags = cellFlags(call.flags, setting);
    const argv = ["run", ...call.positionals, ...runWords(flags)];
    const order = await prepareOrder({ ...call, flags, argv }, say);
    cells.push({ setting, order: call.flags.on("goodput") ? withoutShare(order) : order });
  }
  return cells;
}

/** `--goodput` stands in for the scenario's own limit on the share within the SLO. */
function withoutShare(order: GroupedOrder): GroupedOrder {
  const thresholds = order.plan.thresholds.filter(({ metric }) => metric !== "slo_met");
  return { ...order, plan: { ...order.plan, thresholds } };
}

function cellFlags(flags: Flags, setting: Setting): Flags {
  const words = Object.entries(setting).flatMap(([key, value]) => flagWords(key, value));
  const { flags: own } = parseFlags(words, ORDER_FLAGS);
  return flags.joined(own, ["env", "server-arg"]);
}

/** The flags as `plimsoll run` takes them, so that a cell's report says how to measure it again. */
function runWords(flags: Flags): readonly string[] {
  const table: FlagTable = ORDER_FLAGS;
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
export function refuseIdle(axes: readonly Axis[], cells: readonly CellOrder[]): void {
  const axis = axes.find(({ key }) => key === "peak");
  const [first, second] = axis?.values ?? [];
  if (first === undefined || second === undefined) return;
  const plansOf = (peak: string): string =>
    JSON.stringify(
      cells
        .filter(({ setting }) => setting["peak"] === peak)
        .map(({ order }) => [order.plan.scenarios, order.plan.thresholds, order.plan.slo]),
    );
  if (plansOf(first) !== plansOf(second)) return;
  throw usageError(
    "--vary peak: it changes nothing: the scenario's options are not made of it",
    "Use a scenario whose rate is its peak, such as steady, or vary the concurrency.",
  );
}
