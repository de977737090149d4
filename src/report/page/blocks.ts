/**
 * What a page of the report is made of. A section is a list of blocks; each block names the
 * partial in `templates/` that shows it and holds ready strings, so templates decide nothing.
 * Every property a partial reads is present (handlebars runs in strict mode).
 */
import type { ChartSpec } from "./chart-spec.ts";
import { ABSENT, quantity } from "../text/quantity.ts";
import type { Tone } from "../text/verdict-words.ts";

export interface Section {
  readonly id: string;
  readonly title: string;
  /** A sentence below the heading; empty for none. */
  readonly intro: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | TableBlock
  | ChartBlock
  | FactsBlock
  | CommandBlock
  | NotesBlock
  | TilesBlock
  | GlossaryBlock
  | HeatBlock
  | PairBlock;

export interface Cell {
  readonly text: string;
  readonly numeric: boolean;
  /** Why there is no value; empty when there is one. */
  readonly absent: string;
  /** A class for colour that repeats the text; empty for none. */
  readonly tone: Tone | "";
  /** A second line, smaller; empty for none. */
  readonly below: string;
  /** Sentences below it, smaller, each on a line of its own. */
  readonly notes: readonly string[];
  /** A fragment of this page; empty for none. */
  readonly href: string;
  readonly title: string;
  /** Set in the monospaced face: names, paths, messages as they came. */
  readonly mono: boolean;
  /** Short enough not to be broken over lines. */
  readonly keep: boolean;
  readonly gauge: Gauge | null;
  readonly timeline: Timeline | null;
  readonly interval: IntervalBar | null;
  /** What a sortable table sorts by; empty where the text does. */
  readonly sort: string;
}

/** One request from when it was due to its end, drawn; in thousandths of the width. */
export interface Timeline {
  /** The same in words. */
  readonly label: string;
  readonly parts: readonly { readonly x: string; readonly width: string; readonly part: string }[];
  /** A path with a stroke for each content event; empty where they are not known. */
  readonly events: string;
}

/** A change with its interval between no change and the accepted margin; in percent of width. */
export interface IntervalBar {
  /** The same in words. */
  readonly label: string;
  readonly tone: Tone;
  /** Where nothing changed, and the margin on the side that is worse. */
  readonly zero: string;
  readonly margin: string;
  readonly value: string;
  /** The interval; empty strings where it is not known. */
  readonly from: string;
  readonly width: string;
}

/** A bar up to the measured value, crossed by the limit: the load line. All in percent of width. */
export interface Gauge {
  readonly fill: string;
  readonly limit: string;
  readonly tone: Tone;
  readonly label: string;
}

export interface TableBlock {
  readonly partial: "table";
  readonly title: string;
  readonly caption: string;
  /** `href`: a fragment of this page that says what the column means; empty for none. */
  readonly columns: readonly {
    readonly text: string;
    readonly numeric: boolean;
    readonly href: string;
  }[];
  readonly rows: readonly { readonly lead: boolean; readonly cells: readonly Cell[] }[];
  /** Behind a fold of this name; empty for always shown. */
  readonly fold: string;
  /** A reader with a script can sort it by a click on a heading, and filter its rows. */
  readonly sortable: boolean;
}

export interface ChartBlock {
  readonly partial: "chart";
  readonly title: string;
  /** A fragment of this page that says what is drawn; empty for none. */
  readonly href: string;
  readonly caption: string;
  readonly spec: ChartSpec;
  /** The same numbers for readers without a script, a screen or colours. */
  readonly table: TableBlock;
}

export interface FactsBlock {
  readonly partial: "facts";
  readonly title: string;
  readonly facts: readonly { readonly term: string; readonly cell: Cell }[];
}

export interface CommandBlock {
  readonly partial: "command";
  readonly title: string;
  readonly command: string;
  readonly note: string;
}

export interface NotesBlock {
  readonly partial: "notes";
  readonly notes: readonly {
    readonly tone: Tone;
    readonly sign: string;
    readonly text: string;
    readonly advice: string;
  }[];
}

export interface TilesBlock {
  readonly partial: "tiles";
  readonly tiles: readonly {
    readonly label: string;
    readonly href: string;
    readonly value: string;
    readonly unit: string;
    readonly note: string;
    readonly tone: Tone | "";
  }[];
}

export interface GlossaryBlock {
  readonly partial: "glossary";
  readonly entries: readonly {
    readonly id: string;
    readonly name: string;
    readonly title: string;
    readonly detail: string;
  }[];
}

/** Values over two things, darker where better; a sign tells what colour must not tell alone. */
export interface HeatBlock {
  readonly partial: "heat";
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  /** Names of what is varied: of the columns, of the rows. */
  readonly across: string;
  readonly down: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly label: string; readonly cells: readonly HeatCell[] }[];
}

export interface HeatCell {
  readonly text: string;
  /** A second line, smaller; empty for none. */
  readonly below: string;
  readonly title: string;
  readonly href: string;
  /** A class: `heat-0` to `heat-6`, empty for no colour. */
  readonly level: string;
  readonly best: boolean;
}

/** Blocks side by side where the page is wide enough. */
export interface PairBlock {
  readonly partial: "pair";
  readonly blocks: readonly Block[];
}

const EMPTY: Cell = {
  text: "",
  numeric: false,
  absent: "",
  tone: "",
  below: "",
  notes: [],
  href: "",
  title: "",
  mono: false,
  keep: false,
  gauge: null,
  timeline: null,
  interval: null,
  sort: "",
};

/** Characters; expressions such as `p(95)<2000` are hard to read when broken. */
const KEPT_TOGETHER = 24;

export function cell(text: string, more: Partial<Cell> = {}): Cell {
  return { ...EMPTY, text, keep: text.length <= KEPT_TOGETHER, ...more };
}

/** A right-aligned number, or a dash that says why there is none. */
export function numberCell(text: string | undefined, reason = "not measured"): Cell {
  if (text === undefined) return cell(ABSENT, { numeric: true, absent: reason });
  return cell(text, { numeric: true });
}

/** A value with its unit. */
export function valueCell(value: number | undefined, unit?: string, reason?: string): Cell {
  const shown = numberCell(value === undefined ? undefined : quantity(value, unit), reason);
  return value === undefined ? shown : { ...shown, sort: String(value) };
}

/** A heading of a column; with the metric it is of, it leads to its definition. */
type Heading = string | { readonly text: string; readonly href: string };

/** Headings starting with `#` are of numbers: `["metric", "#p50"]`. */
export function table(
  headings: readonly Heading[],
  rows: readonly (readonly Cell[])[],
  more: Partial<TableBlock> = {},
): TableBlock {
  return {
    partial: "table",
    title: "",
    caption: "",
    fold: "",
    sortable: false,
    columns: headings.map((heading) => {
      const { text, href } = typeof heading === "string" ? { text: heading, href: "" } : heading;
      return { text: text.replace(/^#/, ""), numeric: text.startsWith("#"), href };
    }),
    rows: rows.map((cells) => ({ lead: false, cells })),
    ...more,
  };
}

/** Every chart in these blocks, nested ones too. */
export function chartsIn(blocks: readonly Block[]): readonly ChartBlock[] {
  return blocks.flatMap((block) => {
    if (block.partial === "pair") return chartsIn(block.blocks);
    return block.partial === "chart" ? [block] : [];
  });
}
