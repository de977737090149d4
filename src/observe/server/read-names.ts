/** From a server's page to the common series, its own names kept beside them. */
import type { Page, PageSample } from "./prometheus-text.ts";
import { samplesOfModel, type AskedModel } from "./model-samples.ts";
import { dialects, type Dialect, type NameRow } from "./server-names.ts";

export type Values = Record<string, number>;

/** So many series of a server's own are kept. */
const MOST_OWN = 64;

/** Whose page it is; undefined when no name on it is known. */
export function dialectOf(page: Page): Dialect | undefined {
  return dialects.find(({ prefix }) => page.samples.some(({ name }) => name.startsWith(prefix)));
}

/**
 * The series of core/telemetry.ts that the page has. A value that is no number is absent.
 *
 * @param asked the model that is asked
 */
export function commonSeries(page: Page, { rows }: Dialect, asked?: AskedModel): Values {
  const byName = groupByName(page);
  const values: Values = {};
  for (const row of rows) {
    if (row.series in values) continue;
    const value = valueOf(row, byName, asked);
    if (value !== undefined) values[row.series] = value;
  }
  return values;
}

type ByName = ReadonlyMap<string, readonly PageSample[]>;

function valueOf(row: NameRow, byName: ByName, asked?: AskedModel): number | undefined {
  const all = byName.get(row.name);
  const found = row.ofModel === true ? all && samplesOfModel(all, asked) : all;
  if (found === undefined) return undefined;
  const wanted = found.filter((sample) => isWanted(sample, row));
  // A page that has the family, but not this value of the label, has counted none of it.
  const value = wanted.length === 0 ? 0 : sumOf(wanted);
  const less = row.minus?.find((other) => byName.has(other));
  const rest = value - (less === undefined ? 0 : sumOf(byName.get(less) ?? []));
  const result = row.over === "mean" ? rest / wanted.length : rest;
  return Number.isFinite(result) ? result : undefined;
}

function isWanted({ labels }: PageSample, { where }: NameRow): boolean {
  if (where === undefined) return true;
  return where.is.includes(labels[where.label] ?? "") !== (where.not ?? false);
}

/**
 * The page's own names as `server_<name>`: counters summed over their labels, gauges that have one
 * value, sums and counts of histograms. Not the buckets, and not what only tells of the exporter.
 */
export function ownSeries(page: Page): OwnSeries {
  const values: Values = {};
  const counters: string[] = [];
  for (const [name, samples] of groupByName(page)) {
    if (Object.keys(values).length === MOST_OWN) break;
    const counts = isCounter(name, page);
    if (SKIPPED.test(name) || (samples.length > 1 && !counts)) continue;
    const value = sumOf(samples);
    if (!Number.isFinite(value)) continue;
    values[ownName(name)] = value;
    if (counts) counters.push(ownName(name));
  }
  return { values, counters };
}

export interface OwnSeries {
  readonly values: Values;
  /** Those of them that only grow. */
  readonly counters: readonly string[];
}

const SKIPPED = /_(bucket|created|info)$|^(python|go|promhttp)_/;

export function ownName(name: string): string {
  return `server_${name.toLowerCase().replace(/[^a-z0-9]+/g, "_")}`;
}

/**
 * What the page says of the family decides: Triton's counters do not end in `_total`, and one of its
 * gauges ends in `_count`. The name decides only for a family that has no type.
 */
function isCounter(name: string, { types }: Page): boolean {
  const own = types.get(name);
  if (own !== undefined && !UNTYPED.has(own)) return own === "counter";
  const part = PART.exec(name)?.[0];
  const family = part === undefined ? undefined : types.get(name.slice(0, -part.length));
  if (family === undefined || UNTYPED.has(family)) return part !== undefined;
  // OpenMetrics types `name` and shows `name_total`; of a histogram, sum and count only grow.
  return part === "_total" ? family === "counter" : DISTRIBUTIONS.has(family);
}

const PART = /_(total|sum|count)$/;
const UNTYPED: ReadonlySet<string> = new Set(["untyped", "unknown", ""]);
const DISTRIBUTIONS: ReadonlySet<string> = new Set(["histogram", "summary"]);

function groupByName(page: Page): Map<string, PageSample[]> {
  const groups = new Map<string, PageSample[]>();
  for (const sample of page.samples) {
    const group = groups.get(sample.name);
    if (group === undefined) groups.set(sample.name, [sample]);
    else group.push(sample);
  }
  return groups;
}

function sumOf(samples: readonly PageSample[]): number {
  return samples.reduce((sum, { value }) => sum + value, 0);
}
