import { expect, test } from "vitest";
import type { Plan } from "../../../src/scenario/plan.ts";
import { resolvePlan } from "../../../src/scenario/resolve/resolve.ts";

function metricsOf(metrics: unknown): Plan["metrics"] {
  const file = { name: "own", file: "/own.ts", fileHash: "0" };
  return resolvePlan(file, { vus: 1, duration: "1s", metrics }, {}).plan.metrics;
}

test("a service's own metrics are named in the plan by ours", () => {
  const running = { name: "jobs", labels: { state: "running" }, factor: 0.01 };
  expect(metricsOf({ server_waiting: "queue.depth", server_running: running })).toEqual({
    ...{ server_waiting: { name: "queue.depth" }, server_running: running },
  });
});

test("a plan without them is what it was", () => {
  expect(metricsOf({})).toBeUndefined();
});

test.each([
  [
    { server_wating: "x" },
    'options.metrics.server_wating: there is no such series of a server; did you mean "server_waiting"?',
  ],
  [{ gpu_power: "x" }, "options.metrics.gpu_power: there is no such series of a server"],
  [{ server_waiting: { nam: "x" } }, "options.metrics.server_waiting"],
  [{ server_waiting: { name: "x", factor: 0 } }, "expected a number above 0, got 0"],
])("%j is refused with its place", (metrics, words) => {
  expect(() => metricsOf(metrics)).toThrow(words);
});
