import Handlebars from "handlebars";
import { expect, it, vi } from "vitest";
import { fillFrame } from "../../../src/report/page/templates.ts";
import type { ReportAssets } from "../../../src/report/page/report-input.ts";

function assets(greeting: string): ReportAssets {
  const templates = { "page.hbs": `${greeting}, {{> name}}!`, "name.hbs": "{{name}}" };
  return { templates, uplotJs: "", uplotCss: "" };
}

it("a frame is compiled once for the templates that are handed in, however many pages it makes", () => {
  const create = vi.spyOn(Handlebars, "create");
  const hello = assets("Hello");
  const pages = ["you", "world"].map((name) => fillFrame(hello, "page.hbs", { name }));
  expect(pages).toEqual(["Hello, you!", "Hello, world!"]);
  expect(create).toHaveBeenCalledTimes(1);
  expect(fillFrame(assets("Bye"), "page.hbs", { name: "you" })).toBe("Bye, you!");
  create.mockRestore();
});

it("a template that is missing is named, and so is a value that the page does not have", () => {
  expect(() => fillFrame(assets("Hello"), "index.hbs", {})).toThrow("templates/index.hbs");
  expect(() => fillFrame(assets("Hello"), "page.hbs", {})).toThrow('"name" not defined');
});
