/** The files of `templates/`: what the pages carry, and the frames they are made from. */
import Handlebars from "handlebars";
import type { ReportAssets } from "./report-input.ts";

/** @throws when it is missing: a bug */
export function templateFile({ templates }: Pick<ReportAssets, "templates">, name: string): string {
  const text = templates[name];
  if (text === undefined) throw new Error(`report: templates/${name} was not handed in`);
  return text;
}

type Frames = Map<string, Handlebars.TemplateDelegate>;

/** Compiled once for each set of templates that is handed in, however many pages are made of it. */
const compiled = new WeakMap<ReportAssets["templates"], Frames>();

/**
 * A page: the named frame with every `.hbs` file as a partial, by its name without the ending.
 *
 * @throws when a template is missing or reads a value that the view does not have: a bug
 */
export function fillFrame(assets: ReportAssets, name: string, view: object): string {
  const frames = compiled.get(assets.templates) ?? (new Map() as Frames);
  compiled.set(assets.templates, frames);
  const frame = frames.get(name) ?? compileFrame(assets, name);
  frames.set(name, frame);
  return frame(view);
}

function compileFrame(assets: ReportAssets, name: string): Handlebars.TemplateDelegate {
  const engine = Handlebars.create();
  for (const [file, text] of Object.entries(assets.templates))
    if (file.endsWith(".hbs")) engine.registerPartial(file.slice(0, -".hbs".length), text);
  return engine.compile(templateFile(assets, name), { strict: true });
}
