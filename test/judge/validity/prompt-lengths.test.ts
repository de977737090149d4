import { describe, expect, test } from "vitest";
import type { RunLine } from "../../../src/core/records.ts";
import type { BaselineCheck, Summary } from "../../../src/judge/summary.ts";
import { steadyLines, summaryOf } from "../../support/runs/run-lines.ts";

/** Request k was asked to have, and was counted with, so many prompt tokens. */
function steady(lengths: (k: number) => readonly [asked: number, counted: number]): RunLine[] {
  let k = 0;
  return steadyLines().map((line) => {
    if (line.type !== "request") return line;
    const [asked, counted] = lengths((k += 1));
    const prompt = { count: counted, source: "usage" } as const;
    return { ...line, asked: { output: 4, prompt: asked }, prompt };
  });
}

function gate({ validity }: Summary): Pick<BaselineCheck, "status" | "value" | "detail"> {
  const { status, value, detail } = validity.gates.find(({ id }) => id === "prompt_lengths")!;
  return { status, value, detail } as Pick<BaselineCheck, "status" | "value" | "detail">;
}

const look = async (lengths: Parameters<typeof steady>[0]) =>
  gate(await summaryOf(steady(lengths)));

describe("the length of prompts", () => {
  test("is what was asked for, within a few per cent", async () => {
    expect(await look(() => [100, 100])).toMatchObject({ status: "ok", value: 0 });
    expect(await look((k) => [100, k % 2 === 0 ? 102 : 98])).toMatchObject({ status: "ok" });
    expect(await look((k) => [100, k % 2 === 0 ? 105 : 95])).toMatchObject({
      ...{ status: "warn", value: 0.05 },
    });
  });

  test("makes the run invalid where it is far from what was asked", async () => {
    // A text of 64 tokens that was sent without the template's 38; a template longer than the prompt.
    expect(await look(() => [64, 26])).toMatchObject({
      status: "invalid",
      detail: "64 tokens asked for on average, 26 counted",
    });
    expect(await look(() => [10, 39])).toMatchObject({ status: "invalid" });
  });

  test("tells a server that cuts prompts, and where", async () => {
    const cut = await look((k) => [400 + 20 * k, Math.min(512, 400 + 20 * k)]);
    expect(cut.detail).toMatch(/; the server cuts prompts at 512$/);
  });

  test("takes counts that are all too small for no cut", async () => {
    expect((await look((k) => [400 + 20 * k, 300 + 15 * k])).detail).not.toMatch(/cuts/);
    expect((await look(() => [400, 300])).detail).not.toMatch(/cuts/);
  });

  test("is not judged where nothing was asked for or counted", async () => {
    expect(gate(await summaryOf(steadyLines())).status).toBe("not_measured");
  });
});
