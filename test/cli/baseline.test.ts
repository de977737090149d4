/** Baselines from the command line, on stored runs. */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runHere } from "../support/memory-world.ts";
import { scratchFolder } from "../support/scratch.ts";

const fixtures = fileURLToPath(new URL("../fixtures/runs/", import.meta.url));

/** A folder with two stored runs of one plan, `r1` and `r2`. */
function folder(): string {
  const cwd = scratchFolder("baseline");
  const text = readFileSync(join(fixtures, "steady.jsonl"), "utf8");
  for (const [i, id] of ["r1", "r2"].entries()) {
    const [header = "", ...rest] = text.split("\n");
    const own = {
      ...(JSON.parse(header) as object),
      run: id,
      startedAt: `2026-11-0${i + 1}T20:00:00.000Z`,
    };
    mkdirSync(join(cwd, "reports", id), { recursive: true });
    writeFileSync(join(cwd, "reports", id, "run.jsonl"), [JSON.stringify(own), ...rest].join("\n"));
  }
  return cwd;
}

const call = (cwd: string, ...argv: string[]) => runHere(argv, { cwd });

describe("plimsoll baseline", () => {
  it("saves, lists, shows and removes; the history remembers the runs", async () => {
    const cwd = folder();
    const saved = await call(cwd, "baseline", "save", "main", "r1", "r2", "--allow-invalid");
    expect(saved, saved.stderr).toMatchObject({ code: 0, stderr: "saved baselines/main.json\n" });
    expect((await call(cwd, "baseline", "list")).stdout).toMatch(
      /^main +steady +2 runs +2 sessions/,
    );
    const shown = await call(cwd, "baseline", "show", "main", "--json");
    expect(JSON.parse(shown.stdout)).toMatchObject({
      name: "main",
      accepted: [{ run: "r1" }, { run: "r2" }],
    });
    const course = await call(cwd, "history", "steady");
    expect(course.stdout, course.stderr).toMatch(/^steady: |^steady: no valid runs/);
    expect((await call(cwd, "history", "steady", "--html", "course.html")).code).toBe(0);
    expect(readFileSync(join(cwd, "course.html"), "utf8")).toContain("history of steady");
    expect((await call(cwd, "baseline", "remove", "main")).code).toBe(0);
    expect(existsSync(join(cwd, "baselines", "main.json"))).toBe(false);
    const lines = readFileSync(join(cwd, "baselines", "history", "steady.jsonl"), "utf8")
      .trim()
      .split("\n");
    expect(lines).toHaveLength(2);
  });

  it("names what is missing or misspelt, with code 2", async () => {
    const cwd = folder();
    await call(cwd, "baseline", "save", "main", "r1", "--allow-invalid");
    const cases: [string[], RegExp][] = [
      [
        ["compare", "r2", "--baseline", "mian"],
        /there is no baseline "mian"[\s\S]*Did you mean main/,
      ],
      [["compare", "r2"], /with what to compare/],
      [["compare", "--against", "r1", "r2"], /RUN|<run>/],
      [["compare", "r2", "--baseline", "main", "--vary", "sever.build"], /no field "sever\.build"/],
      [
        ["compare", "r2", "--baseline", "main", "--fail-on", "regresion"],
        /Did you mean regression/,
      ],
      [["baseline", "save", "../x", "r1"], /cannot be the name of a baseline/],
      [["baseline", "remove", "other"], /there is no baseline "other"/],
      [["history", "stedy"], /no runs of "stedy"/],
    ];
    for (const [argv, message] of cases) {
      const { code, stderr } = await call(cwd, ...argv);
      expect(stderr).toMatch(message);
      expect(code, argv.join(" ")).toBe(2);
    }
  });

  it("keeps a damaged file as it is, and leaves nothing half written", async () => {
    const cwd = folder();
    await call(cwd, "baseline", "save", "main", "r1", "--allow-invalid");
    const path = join(cwd, "baselines", "main.json");
    const half = readFileSync(path, "utf8").slice(0, 2000);
    writeFileSync(path, half);
    const again = await call(cwd, "baseline", "save", "main", "r2", "--allow-invalid");
    expect(again.code).toBe(2);
    expect(again.stderr).toMatch(/baselines\/main\.json is damaged or cut off/);
    expect(readFileSync(path, "utf8")).toBe(half);
    expect(readdirSync(join(cwd, "baselines")).sort()).toEqual(["history", "main.json"]);
  });

  it("lists the others beside a damaged one, says what is wrong with it, and ends with 2", async () => {
    const cwd = folder();
    for (const name of ["first", "middle", "other", "last"])
      await call(cwd, "baseline", "save", name, "r1", "--allow-invalid");
    const baselines = join(cwd, "baselines");
    writeFileSync(join(baselines, "middle.json"), "{");
    writeFileSync(join(baselines, "other.json"), '{"schema":"plimsoll.baseline/99"}');
    const { code, stdout, stderr } = await call(cwd, "baseline", "list");
    expect(stdout).toMatch(
      /^first +steady .*\nlast +steady .*\nmiddle +damaged\nother +damaged\n$/,
    );
    expect(stderr).toMatch(/middle\.json is damaged[\s\S]*other\.json /);
    expect(code).toBe(2);
  });

  it("puts a comparison on the page of the judged run where that is asked for", async () => {
    const cwd = folder();
    const args = ["compare", "r2", "--against", "r1"];
    const page = join(cwd, "reports", "r2", "report.html");
    await call(cwd, ...args);
    expect(existsSync(page)).toBe(false);
    const { stdout } = await call(cwd, ...args, "--report");
    expect(stdout).toMatch(/\n {2}Report {2}reports\/r2\/report\.html\n$/);
    expect(readFileSync(page, "utf8")).toContain('id="comparison"');
  });
});
