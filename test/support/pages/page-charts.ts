/** The data of a page's charts. */
import type { ChartSpec } from "../../../src/report/page/chart-spec.ts";

export function chartsOf(page: string): readonly ChartSpec[] {
  const [, json = "{}"] = /id="report-data">(.*?)<\/script>/s.exec(page) ?? [];
  const { charts = [] } = JSON.parse(json) as { charts?: readonly ChartSpec[] };
  return charts;
}
