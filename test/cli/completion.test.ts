/** `plimsoll completion`: what Tab offers, asked of a real bash where the shell is involved. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { commands } from "../../src/cli/command-table.ts";
import { runHere } from "../support/memory-world.ts";
import { PROGRAM } from "../support/program.ts";
import { scratchFolder } from "../support/scratch.ts";

const cwd = scratchFolder("completion");
mkdirSync(join(cwd, "reports", "2026-11-21T23-08-14-steady-1ce1"), { recursive: true });
mkdirSync(join(cwd, "baselines"));
writeFileSync(join(cwd, "baselines", "main.json"), "{}");
writeFileSync(join(cwd, "trace.jsonl"), "");

/** A folder for PATH in which the compiled program is `plimsoll`. */
const bin = scratchFolder("completion-bin");
writeFileSync(join(bin, "plimsoll"), `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
chmodSync(join(bin, "plimsoll"), 0o755);

async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const { code, stdout } = await runHere(["completion", "candidates", "--", ...words], { cwd });
  expect(code).toBe(0);
  return stdout.split("\n").filter((line) => line !== "");
}

describe("completion offers", () => {
  it("the first words of commands, and the second ones of groups", async () => {
    expect(await offered("")).toEqual([
      ...new Set(Object.keys(commands).map((name) => name.split(" ")[0])),
    ]);
    expect(await offered("base")).toEqual(["baseline"]);
    expect(await offered("baseline", "s")).toEqual(["save", "show"]);
    expect(await offered("--v")).toEqual(["--version"]);
  });

  it.each(Object.keys(commands))("flags of %s that its help has, and no others", async (name) => {
    const words = name.split(" ");
    const { stdout: help } = await runHere([...words, "--help"]);
    const inHelp = [...help.matchAll(/^ {2}(?:-\w, | {4})(--[a-z-]+)/gm)].map(([, flag]) => flag);
    expect((await offered(...words, "--")).filter((flag) => flag !== "--help")).toEqual(inHelp);
  });

  it.each([
    [["run", "st"], ["steady"]],
    [
      ["run", "--target", ""],
      ["embedded", "llama-server"],
    ],
    [["run", "--target=emb"], ["--target=embedded"]],
    [["run", "--json", "sm"], ["smoke"]],
    [["run", "-e", "A=B", "sm"], ["smoke"]],
    [["run", "steady", "--api", "au"], ["auto"]],
    [["report", "20"], ["2026-11-21T23-08-14-steady-1ce1"]],
    [["report", "x", "la"], ["latest"]],
    [["baseline", "show", ""], ["main"]],
    [["completion", "z"], ["zsh"]],
  ])("after %j: %j", async (words, wanted) => {
    expect(await offered(...words)).toEqual(wanted);
  });

  it.each([
    [["run", "--model", ""]],
    [["nothing", ""]],
    [["run", "steady", "--toString", "s", ""]],
  ])("nothing after %j, so that the shell offers files, and never fails", async (words) => {
    expect((await offered(...words)).filter((one) => one.includes("synth"))).toEqual([]);
  });
});

/** What bash would show after Tab at the end of this line. */
function bashOffers(line: string): readonly string[] {
  const script = `source <(plimsoll completion bash)
COMP_LINE=$1; COMP_POINT=\${#COMP_LINE}
_plimsoll
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", script, "bash", line], {
    cwd,
    encoding: "utf8",
    env: { PATH: [bin, process.env["PATH"]].join(delimiter) },
  });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((word) => word !== "");
}

describe("in a real bash", () => {
  it("Tab completes commands, flags, and values after = as bash cuts words", () => {
    expect(bashOffers("plimsoll base")).toEqual(["baseline"]);
    expect(bashOffers("plimsoll baseline s")).toEqual(["save", "show"]);
    expect(bashOffers("plimsoll run ste")).toEqual(["steady"]);
    expect(bashOffers("plimsoll run --target=emb")).toEqual(["embedded"]);
    expect(bashOffers("plimsoll run --max-")).toEqual([]);
  });

  it("nothing of what was typed is run", () => {
    bashOffers(`plimsoll run $(touch ${join(cwd, "ran")}) `);
    bashOffers(`plimsoll run \`touch ${join(cwd, "ran")}\` `);
    const { stdout } = spawnSync("ls", [cwd], { encoding: "utf8" });
    expect(stdout).not.toContain("ran\n");
  });

  it("the function is registered, and falls back to files", () => {
    const { stdout } = spawnSync(
      "bash",
      ["--norc", "-c", "source <(plimsoll completion bash); complete -p plimsoll"],
      {
        encoding: "utf8",
        env: { PATH: [bin, process.env["PATH"]].join(delimiter) },
      },
    );
    expect(stdout.trim()).toBe("complete -o default -F _plimsoll plimsoll");
  });
});

describe.each(["zsh", "fish"])("the script for %s", (shell) => {
  const absent = spawnSync(shell, ["-c", "true"]).error !== undefined;

  it.skipIf(absent)("is one that the shell can read", async () => {
    const { stdout } = await runHere(["completion", shell]);
    const { status, stderr } = spawnSync(shell, ["-n"], { input: stdout, encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

it("an unknown shell is refused, with those there are", async () => {
  const { code, stderr } = await runHere(["completion", "tcsh"]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/unknown shell "tcsh"\n {2}available: bash, zsh, fish/);
});
