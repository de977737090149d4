/** Heat maps of a sweep: two varied things against each other, a map for each value of the others. */
import { settingText, settingsOf, type Setting } from "../../judge/sweep/grid.ts";
import { objectives, type ObjectiveName } from "../../judge/sweep/objective.ts";
import { meanOf, statusOf, type CellStatus, type SweepDocument } from "../../judge/sweep/sweep.ts";
import type { HeatBlock, HeatCell } from "../page/blocks.ts";
import { ABSENT, quantity } from "../text/quantity.ts";

/** More maps than this say less than the table does. */
const MOST_MAPS = 8;
const LEVELS = 7;

/** Empty unless two things are varied, or a few more. */
export function heatMaps(
  document: SweepDocument,
  shown: ObjectiveName,
  hrefOf: (cell: number) => string,
): readonly HeatBlock[] {
  const [down, across, ...others] = document.axes;
  if (down === undefined || across === undefined) return [];
  const rest = settingsOf(others);
  if (rest.length > MOST_MAPS) return [];
  const scale = scaleOf(document, shown);
  return rest.map((fixed, at) => ({
    partial: "heat",
    id: `heat-${shown}-${at}`,
    title: titleOf(shown, fixed),
    caption: captionOf(document, shown),
    across: across.key,
    down: down.key,
    columns: across.values,
    rows: down.values.map((row) => ({
      label: row,
      cells: across.values.map((column) => {
        const setting = { ...fixed, [down.key]: row, [across.key]: column };
        return heatCell(document, shown, { at: placeOf(document, setting), scale, hrefOf });
      }),
    })),
  }));
}

function titleOf(shown: ObjectiveName, fixed: Setting): string {
  const { title } = objectives[shown];
  const words = settingText(fixed);
  const start = title.charAt(0).toUpperCase() + title.slice(1);
  return words === "" ? start : `${start} at ${words}`;
}

function captionOf({ objective }: SweepDocument, shown: ObjectiveName): string {
  const { better } = objectives[shown];
  const darker = `Darker is ${better === "higher" ? "more" : "less"}, and better.`;
  return shown === objective ? `${darker} The best of the cells that hold has a frame.` : darker;
}

function placeOf({ cells }: SweepDocument, wanted: Setting): number {
  return cells.findIndex(({ setting }) =>
    Object.entries(wanted).every(([key, value]) => setting[key] === value),
  );
}

/** 0 for the worst value of the whole sweep, 1 for the best one. */
type Scale = (value: number) => number;

function scaleOf({ cells }: SweepDocument, shown: ObjectiveName): Scale {
  const { of, better } = objectives[shown];
  const values = cells.flatMap((cell) => meanOf(cell, of) ?? []);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return (value) => {
    if (high === low) return 1;
    const share = (value - low) / (high - low);
    return better === "higher" ? share : 1 - share;
  };
}

interface Place {
  readonly at: number;
  readonly scale: Scale;
  readonly hrefOf: (cell: number) => string;
}

function heatCell(
  { cells, repeats, outcome }: SweepDocument,
  shown: ObjectiveName,
  { at, scale, hrefOf }: Place,
): HeatCell {
  const cell = cells[at];
  if (cell === undefined) throw new Error("the sweep has no such cell");
  const { of, unit } = objectives[shown];
  const value = meanOf(cell, of);
  return {
    text: value === undefined ? ABSENT : quantity(value, unit),
    below: SIGNS[statusOf(cell, repeats)],
    title: settingText(cell.setting),
    href: hrefOf(at),
    level: value === undefined ? "" : `heat-${Math.round(scale(value) * (LEVELS - 1))}`,
    best: outcome.best?.cell === at,
  };
}

const SIGNS: Readonly<Record<CellStatus, string>> = {
  held: "",
  missed: "✘ misses a limit",
  invalid: "INVALID",
  failed: "✘ server failed",
  open: "not measured",
};
