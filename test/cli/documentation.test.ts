/** Every command in docs/baselines.md and docs/reports.md is one, with flags that it has. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { wordsOf } from "../../src/cli/flags/arm-flags.ts";
import { parseFlags } from "../../src/cli/flags/flags.ts";
import { ab } from "../../src/cli/commands/ab.ts";
import {
  baselineList,
  baselineRemove,
  baselineSave,
  baselineShow,
} from "../../src/cli/commands/baseline.ts";
import { baselineCalibrate } from "../../src/cli/commands/calibrate-baseline.ts";
import { compare } from "../../src/cli/commands/compare.ts";
import { history } from "../../src/cli/commands/history.ts";
import { report } from "../../src/cli/commands/report.ts";
import { run } from "../../src/cli/commands/run.ts";
import type { Command } from "../../src/cli/command.ts";
import { reporters, type Reporter } from "../../src/report/reporters.ts";
import { runHere } from "../support/memory-world.ts";

const commands: Readonly<Record<string, Command>> = {
  ab,
  compare,
  history,
  run,
  "baseline calibrate": baselineCalibrate,
  "baseline list": baselineList,
  "baseline remove": baselineRemove,
  "baseline save": baselineSave,
  "baseline show": baselineShow,
};

function pageOf(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)), "utf8");
}

function commandsIn(text: string): readonly string[] {
  return [...text.matchAll(/```sh\n(.*?)```/gs)]
    .flatMap((match) => (match[1] ?? "").split("\n"))
    .filter((line) => line.startsWith("plimsoll "));
}

const page = pageOf("baselines.md");
const lines = commandsIn(page);
const reports = pageOf("reports.md");

/** `[run]...` may be left out. */
function required({ positionals }: Command): number {
  return positionals.filter((name) => !name.startsWith("[")).length;
}

function parse(line: string): readonly string[] {
  const words = wordsOf(line.replace(/\s+#.*$/, ""), "docs").slice(1);
  const two = commands[words.slice(0, 2).join(" ")];
  const command = two ?? (words[0] === "report" ? report : commands[words[0] ?? ""]);
  expect(command, line).toBeDefined();
  const { positionals } = parseFlags(words.slice(two === undefined ? 1 : 2), command!.flags);
  expect(positionals.length, line).toBeGreaterThanOrEqual(required(command!));
  return positionals;
}

describe("docs/baselines.md", () => {
  it.each(lines)("%s", (line) => {
    expect(() => parse(line)).not.toThrow();
  });

  it("and the examples in the help hold too", () => {
    for (const command of Object.values(commands))
      for (const example of command.examples ?? []) expect(() => parse(example)).not.toThrow();
  });

  it("names every command there is about baselines", async () => {
    const { stdout } = await runHere(["--help"]);
    const listed = [...stdout.matchAll(/^ {2}(baseline \w+|ab|compare|history) /gm)];
    expect(listed).toHaveLength(Object.keys(commands).length - 1);
    for (const [, name] of listed) expect(page).toContain(`plimsoll ${name ?? "?"}`);
  });
});

describe("docs/reports.md", () => {
  it.each(commandsIn(reports))("%s", (line) => {
    expect(() => parse(line)).not.toThrow();
  });

  it("names every format and its files", () => {
    for (const [name, reporter] of Object.entries<Reporter>(reporters)) {
      expect(reports).toContain(`| \`${name}\``);
      const files = reporter.kind === "document" ? [reporter.file] : Object.keys(reporter.files);
      for (const file of files)
        expect(reports).toContain(file.replace(/smaller|bigger/, "{smaller,bigger}"));
    }
  });
});
