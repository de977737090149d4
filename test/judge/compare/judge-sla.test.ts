import { describe, expect, it } from "vitest";
import { judgeSla } from "../../../src/judge/compare/judge-sla.ts";
import { defaultRules } from "../../../src/judge/compare/rules.ts";
import type { RunEstimate } from "../../../src/judge/compare/types.ts";

const rule = (id: string) => defaultRules.find((one) => one.id === id)!;
const runs = (values: readonly number[]): RunEstimate[] =>
  values.map((value, i) => ({ run: `r${i}`, value }));

describe("the SLA gate", () => {
  const sla = (limit: number) =>
    judgeSla({ rule: rule("ttft p95"), limit, runs: runs([480, 500, 520, 490, 510]) });

  it("is met below the interval's end, violated beyond its start, and unproven between", () => {
    expect(sla(600).status).toBe("met");
    expect(sla(505).status).toBe("unproven");
    expect(sla(450).status).toBe("violated");
    expect(sla(600).reason).toMatch(/^ttft p95: the limit of 600.0 ms is kept: 484/);
  });

  it("counts a single run with its own standard error, and says what that leaves out", () => {
    const single = { run: "r", value: 500, se: 0.02 };
    const verdict = judgeSla({ rule: rule("ttft p95"), limit: 550, runs: [single] });
    expect(verdict.status).toBe("met");
    expect(verdict.reason).toContain("other runs may differ");
    const blind = judgeSla({ rule: rule("ttft p95"), limit: 550, runs: runs([500]) });
    expect(blind).toMatchObject({ status: "unproven" });
    expect(blind.reason).toContain("unknown accuracy");
    expect(judgeSla({ rule: rule("ttft p95"), limit: 550, runs: [] }).status).toBe("unproven");
  });

  it("a limit from below is kept by what is larger", () => {
    const goodput = (limit: number) =>
      judgeSla({ rule: rule("goodput"), limit, runs: runs([9.9, 10, 10.1]) }).status;
    expect([goodput(9), goodput(10), goodput(11)]).toEqual(["met", "unproven", "violated"]);
  });

  it("failures are held to the exact interval: none of 100 proves 5 %, not 1 %", () => {
    const failed = (limit: number, bad: readonly number[]) =>
      judgeSla({
        rule: rule("request_failed"),
        limit,
        runs: bad.map((passes, i) => ({ run: `r${i}`, value: passes / 50, passes, count: 50 })),
      }).status;
    expect([failed(0.05, [0, 0]), failed(0.01, [0, 0])]).toEqual(["met", "unproven"]);
    expect(failed(0.05, [12, 13])).toBe("violated");
  });
});
