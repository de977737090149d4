/** The real templates and uPlot's real files, read as the cli reads them. */
import { readdirSync, readFileSync } from "node:fs";
import type { ReportAssets } from "../../../src/report/page/report-input.ts";

export function reportAssets(): ReportAssets {
  const templates = new URL("../../../templates/", import.meta.url);
  const uplot = new URL("../../../node_modules/uplot/dist/", import.meta.url);
  const read = (folder: URL, name: string): string => readFileSync(new URL(name, folder), "utf8");
  return {
    templates: Object.fromEntries(
      readdirSync(templates).map((name) => [name, read(templates, name)]),
    ),
    uplotJs: read(uplot, "uPlot.iife.min.js"),
    uplotCss: read(uplot, "uPlot.min.css"),
  };
}
