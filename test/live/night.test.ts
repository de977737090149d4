/**
 * The gate from outside: the documented commands on a scripted server that is the same, or worse by
 * half. Exit codes and names only; how often they are right is measured by `npm run bench:detector`.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSlowProxy, type Harm, type SlowProxy } from "../../bench/detector/slow-proxy.ts";
import { originNow } from "../../src/core/clock.ts";
import type { ComparisonDocument } from "../../src/judge/compare/comparison.ts";
import {
  startScripted,
  type ScriptedServer,
} from "../../src/reference-server/scripted/start-scripted.ts";
import { plimsoll, type Finished } from "../support/program.ts";
import { OWN_GATES } from "../support/runs/own-gates.ts";
import { scratchFolder } from "../support/scratch.ts";
import { workerLoader } from "../support/worker-loader.ts";

const MINUTES = 60_000;

/** Short runs, on a machine that may be busy: these tests are about the verdict. */
const SHORT = [
  ...["--repeat", "3", "--duration", "5s", "--peak", "12", "--quiet", "--no-telemetry"],
  ...OWN_GATES.flatMap((gate) => ["--validity", `${gate}=off`]),
];

const cwd = scratchFolder("night");
let server: ScriptedServer;
const proxies: SlowProxy[] = [];

async function night(name: string, harm: Harm, ...more: readonly string[]): Promise<Finished> {
  const proxy = await startSlowProxy(server.url);
  proxies.push(proxy);
  proxy.harm(harm);
  const words = ["run", "steady", "--target", proxy.url, ...SHORT, "--out", name, ...more];
  return plimsoll(words, { cwd });
}

function families(name: string): Readonly<Record<string, string>> {
  const [run = ""] = readdirSync(join(cwd, name)).sort();
  const text = readFileSync(join(cwd, name, run, "compare.json"), "utf8");
  const { families: told = [] } = JSON.parse(text) as ComparisonDocument;
  return Object.fromEntries(told.map(({ family, outcome }) => [family, outcome]));
}

beforeAll(async () => {
  const launch = { node: process.execPath, args: workerLoader() };
  server = await startScripted(originNow(), { ...launch, defaults: { ttft: 60, itl: 8 } });
  expect((await night("accepted", {})).code).toBe(0);
  const saved = await plimsoll(
    ["baseline", "save", "main", "latest", "--repeats", "--out", "accepted"],
    { cwd },
  );
  expect(saved.code, saved.stderr).toBe(0);
  expect(saved.stdout).toMatch(/What 3 runs of \d+ requests can tell against it/);
}, 3 * MINUTES);

afterAll(async () => {
  for (const proxy of proxies) proxy.stop();
  await server.stop();
});

describe("a night against the baseline", () => {
  it(
    "without a change is never a regression; half as slow again is one, and says in what",
    async () => {
      const against = ["--baseline", "main"];
      // One after the other, as the accepted runs were: each other's load would be a change.
      const same = await night("same", {}, ...against);
      const waiting = await night("waiting", { ttft: 1.5 }, ...against);
      const speed = await night("speed", { itl: 1.5 }, ...against);
      expect([0, 3], same.stdout).toContain(same.code);
      expect(waiting.code, waiting.stdout).toBe(1);
      expect(families("waiting")["waiting"]).toBe("regression");
      expect(speed.code, speed.stdout).toBe(1);
      expect(families("speed")["speed"]).toBe("regression");
    },
    3 * MINUTES,
  );

  it(
    "of one run against one says that it cannot tell",
    async () => {
      const [run = ""] = readdirSync(join(cwd, "accepted")).sort();
      const one = ["--out", "accepted", "--against", run];
      const compared = await plimsoll(["compare", "latest", ...one], { cwd });
      expect(compared.code, compared.stderr).toBe(3);
      expect(compared.stdout).toMatch(/CANNOT TELL/);
      expect(compared.stdout).not.toMatch(/✔ NO REGRESSION/);
    },
    MINUTES,
  );
});
