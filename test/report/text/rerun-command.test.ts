import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rerunCommand } from "../../../src/report/text/rerun-command.ts";
import { emptySummary, summaryFixture } from "../../support/runs/summary-fixture.ts";

describe("the command that makes a run again", () => {
  it("names scenario, target, model, parameters and seed", () => {
    expect(rerunCommand(summaryFixture())).toBe(
      "plimsoll run scenarios/steady.ts --target llama-server " +
        "--model cache/models/smollm2-135m-q8_0.gguf --peak 5 --seed 1",
    );
    expect(rerunCommand(emptySummary())).toBe("plimsoll run scenarios/steady.ts --peak 5 --seed 1");
  });

  it.each([
    ["unix socket /run/my server.sock", " --unix-socket '/run/my server.sock'"],
    ["proxy [fd00::1]:3128", " --proxy '[fd00::1]:3128'"],
    [undefined, ""],
  ])("reaches the server by the same way: %s", (via, flags) => {
    const at = {
      kind: "remote",
      url: "http://localhost",
      ...(via !== undefined && { via }),
    } as const;
    expect(rerunCommand({ ...summaryFixture(), target: at })).toBe(
      `plimsoll run scenarios/steady.ts --target http://localhost${flags} --peak 5 --seed 1`,
    );
  });

  it("survives a shell, whatever the file is called", () => {
    const base = summaryFixture();
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((s) => !s.includes("\0")),
        (file) => {
          const command = rerunCommand({ ...base, plan: { ...base.plan, file } });
          const script = command.replace("plimsoll run", "set --") + `; printf %s "$1"`;
          expect(execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" })).toBe(file);
        },
      ),
      { numRuns: 20 },
    );
  });
});
