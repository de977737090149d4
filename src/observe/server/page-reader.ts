/** Reads a server's page of metrics: Prometheus' text, or JSON. */
import type { MetricMapping } from "../../core/metric-mapping.ts";
import { present } from "../../core/present.ts";
import { jsonSeries } from "./json-series.ts";
import { mappedSeries } from "./mapped-series.ts";
import type { AskedModel } from "./model-samples.ts";
import { iterationStats, pageText } from "./pages.ts";
import { readPage, type KnownSeries, type Page } from "./prometheus-text.ts";
import { readHistograms } from "./read-histograms.ts";
import { commonSeries, dialectOf, ownSeries } from "./read-names.ts";
import type { ServerPage } from "./server-page.ts";

/**
 * Reads the pages of one server; one that is the same as the one before need not be read again.
 *
 * @param mapping what the scenario calls ours
 * @param asked the model that is asked, of a server that counts for each model
 */
export function pageReader(
  mapping: MetricMapping = {},
  asked?: AskedModel,
): (text: string) => ServerPage | undefined {
  const known: KnownSeries = new Map();
  let before: { readonly text: string; readonly page: ServerPage } | undefined;
  return (text) => {
    if (before?.text === text) return before.page;
    const page = readPage(pageText(text), known);
    const read =
      page.samples.length > 0 ? ofPrometheus(page, mapping, asked) : ofJson(text, mapping);
    before = read && { text, page: read };
    return read;
  };
}

function ofPrometheus(page: Page, mapping: MetricMapping, asked?: AskedModel): ServerPage {
  const dialect = dialectOf(page);
  const own = ownSeries(page);
  const mapped = mappedSeries(mapping, page.samples);
  return present({
    values: { ...(dialect && commonSeries(page, dialect, asked)), ...own.values, ...mapped.values },
    counters: page.types.size > 0 ? own.counters : undefined,
    histograms: dialect && readHistograms(page, dialect),
    fingerprint: dialect?.fingerprint?.(page),
    missing: mapped.missing,
  });
}

function ofJson(text: string, mapping: MetricMapping): ServerPage | undefined {
  const iteration = iterationStats(text);
  if (iteration !== undefined) return { values: iteration };
  const series = jsonSeries(text);
  if (series === undefined) return undefined;
  const mapped = mappedSeries(
    mapping,
    [...series.places].map(([name, value]) => ({ name, labels: {}, value })),
  );
  return {
    values: { ...series.values, ...mapped.values },
    ...present({ missing: mapped.missing }),
  };
}
