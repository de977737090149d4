/** A level of a capacity search is one constant load: what a profile's limits say of phases is left out. */
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { levelPlan } from "../../../src/session/capacity/level-plan.ts";
import { loadScenario } from "../../../src/scenario/load.ts";

const library = fileURLToPath(new URL("../../../src/index.ts", import.meta.url));
const builtIns = fileURLToPath(new URL("../../../scenarios/", import.meta.url));

it.each(["peak2x", "spike"])("a level of %s is not asked how fast it recovered", async (name) => {
  const { plan } = await loadScenario(name, { peak: 4 }, { library, builtIns });
  const about = ({ thresholds }: typeof plan): string[] => thresholds.map(({ key }) => key);
  expect(about(plan)).toContain("recovery_time");
  const shape = { by: "rate", load: 3, step: 1, warmup: 1000, length: 5000 } as const;
  expect(about(levelPlan(plan, shape))).toEqual(["availability", "request_lost"]);
});

it("a level of steady leaves the share within the SLO to --goodput", async () => {
  const { plan } = await loadScenario("steady", { peak: 4 }, { library, builtIns });
  const shape = { by: "rate", load: 3, step: 1, warmup: 1000, length: 5000 } as const;
  const metrics = (thresholds: typeof plan.thresholds) => thresholds.map(({ metric }) => metric);
  expect(metrics(plan.thresholds)).toContain("slo_met");
  expect(metrics(levelPlan(plan, shape).thresholds)).not.toContain("slo_met");
});
