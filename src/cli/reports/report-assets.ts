/** What pages are made of besides numbers. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { usageError } from "../../core/errors.ts";
import type { ReportAssets } from "../../report/page/report-input.ts";
import { packageFolder } from "../../session/places.ts";
import type { World } from "../world.ts";

/** Read once, so that their templates are compiled once. */
const read = new WeakMap<World, ReportAssets>();

/** The templates, and the chart library that is inlined into the report. */
export function reportAssets(world: World): ReportAssets {
  const assets = read.get(world) ?? readAssets(world);
  read.set(world, assets);
  return assets;
}

function readAssets(world: World): ReportAssets {
  const folder = join(world.packageDir, "templates");
  const templates = Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.[a-z]+$/.test(name))
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
  const uplot = packageFolder("uplot", world);
  if (uplot === undefined) throw usageError("the package uplot is missing", "Run `npm ci` again.");
  return {
    templates,
    uplotJs: readFileSync(join(uplot, "dist", "uPlot.iife.min.js"), "utf8"),
    uplotCss: readFileSync(join(uplot, "dist", "uPlot.min.css"), "utf8"),
  };
}
