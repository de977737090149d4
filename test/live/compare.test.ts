/** Slower, or just noise? Baselines, comparisons and ab, as a person runs them. */
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { originNow } from "../../src/core/clock.ts";
import type { ComparisonDocument } from "../../src/judge/compare/comparison.ts";
import {
  startScripted,
  type ScriptedServer,
} from "../../src/reference-server/scripted/start-scripted.ts";
import { plimsoll, type Finished } from "../support/program.ts";
import { OWN_GATES } from "../support/runs/own-gates.ts";
import { workerLoader } from "../support/worker-loader.ts";
import { scratchFolder } from "../support/scratch.ts";

const MINUTES = 60_000;

/** The machine may be busy with other things; these tests are about the verdict. */
const QUIET = [...OWN_GATES.flatMap((gate) => ["--validity", `${gate}=off`]), "--quiet"];

const SCENARIO = `import { existsSync } from "node:fs";
import { chat, prompts } from "plimsoll";
export const options = () => ({
  scenarios: {
    main: { executor: "constant-arrival-rate", rate: 40, timeUnit: "1s", duration: "4s", preAllocatedVUs: 50, maxVUs: 200 },
  },
});
const data = prompts.synthetic({ promptTokens: 16, outputTokens: 16 });
export default async ({ llm, iteration }) => {
  if (existsSync("starve")) { const until = Date.now() + 40; while (Date.now() < until); }
  await llm(chat({ ...data(iteration), temperature: 0 }));
};
`;

const cwd = scratchFolder("compare");
let fast: ScriptedServer;
let slow: ScriptedServer;

beforeAll(async () => {
  writeFileSync(join(cwd, "talk.ts"), SCENARIO);
  const launch = { node: process.execPath, args: workerLoader() };
  fast = await startScripted(originNow(), { ...launch, defaults: { ttft: 40, itl: 10 } });
  slow = await startScripted(originNow(), { ...launch, defaults: { ttft: 48, itl: 12 } });
});
afterAll(() => Promise.all([fast.stop(), slow.stop()]));

function call(...args: readonly string[]): Promise<Finished> {
  return plimsoll(args, { cwd });
}

function latestComparison(): ComparisonDocument {
  const runs = readdirSync(join(cwd, "reports")).sort();
  const path = join(cwd, "reports", runs.at(-1) ?? "", "compare.json");
  return JSON.parse(readFileSync(path, "utf8")) as ComparisonDocument;
}

function regressed({ metrics }: ComparisonDocument): readonly string[] {
  return metrics
    .filter(({ gating, outcome }) => gating && outcome === "regression")
    .map(({ rule }) => rule.id);
}

describe("a baseline of five repeats", () => {
  beforeAll(async () => {
    const run = await call("run", "talk.ts", "--target", fast.url, "--repeat", "5", ...QUIET);
    expect(run.code, run.stderr).toBe(0);
    const saved = await call("baseline", "save", "main", "latest", "--repeats");
    expect(saved.code, saved.stderr).toBe(0);
    expect(saved.stdout).toMatch(/^main: talk, 5 runs of 1 session/);
  }, 3 * MINUTES);

  it("lets an unchanged server pass, or says how many runs it takes", async () => {
    const args = ["run", "talk.ts", "--target", fast.url, "--baseline", "main"];
    const { code, stdout } = await call(...args, ...QUIET);
    expect([0, 3], stdout).toContain(code);
    if (code === 3) expect(stdout).toMatch(/\d+ more runs? .*would settle it/);
    expect(regressed(latestComparison())).toEqual([]);
  });

  it("fails a server that is 20 % slower with 1, and names what got slower and nothing else", async () => {
    const args = ["run", "talk.ts", "--target", slow.url, "--baseline", "main", "--repeat", "2"];
    const { code, stdout } = await call(...args, ...QUIET);
    expect(code, stdout).toBe(1);
    const compared = latestComparison();
    expect(compared.verdict.status).toBe("regression");
    expect(regressed(compared)).toContain("tpot p50");
    for (const id of regressed(compared)) expect(id).toMatch(/^(tpot|ttft_scheduled|itl) p/);
    expect(stdout).toMatch(/✘ REGRESSION {2}talk: 2 runs against the baseline main \(5 runs\)/);
    const run = readdirSync(join(cwd, "reports")).sort().at(-1) ?? "";
    const report = readFileSync(join(cwd, "reports", run, "report.html"), "utf8");
    expect(report).toContain('id="comparison"');
    const course = await call("history", "talk", "--json");
    expect(JSON.parse(course.stdout)).toMatchObject({ scenario: "talk", leftOut: { invalid: 0 } });
  });

  it("is not compared with other work: 4, and says so", async () => {
    const { code, stdout } = await call(
      "run",
      "talk.ts",
      "--target",
      fast.url,
      "--seed",
      "9",
      "--baseline",
      "main",
      ...QUIET,
    );
    expect(code).toBe(4);
    expect(stdout).toMatch(/the work is not the same/);
  });

  it("is not compared with a starved client: 5", async () => {
    writeFileSync(join(cwd, "starve"), "");
    try {
      const { code, stdout } = await call(
        "run",
        "talk.ts",
        "--target",
        fast.url,
        "--baseline",
        "main",
        "--quiet",
      );
      expect(code, stdout).toBe(5);
      expect(latestComparison().verdict.status).toBe("invalid");
      const refused = await call("baseline", "save", "main", "latest");
      expect(refused.code).toBe(2);
      expect(refused.stderr).toMatch(/not fit for a baseline/);
    } finally {
      rmSync(join(cwd, "starve"));
    }
  });

  it("is refused when its file was edited or cut off, and nothing is lost", async () => {
    const path = join(cwd, "baselines", "main.json");
    const text = readFileSync(path, "utf8");
    for (const damaged of [text.slice(0, 5000), text.replace('"runs": 5', '"runs": 6')]) {
      writeFileSync(path, damaged);
      for (const args of [
        ["compare", "latest", "--baseline", "main"],
        ["run", "talk.ts", "--target", fast.url, "--baseline", "main", "--quiet"],
        ["baseline", "save", "main", "latest", "--allow-invalid"],
      ]) {
        const { code, stderr } = await call(...args);
        expect(code, stderr).toBe(2);
        expect(stderr).toMatch(/baselines\/main\.json (is damaged|was changed)/);
      }
      expect(readFileSync(path, "utf8")).toBe(damaged);
    }
    writeFileSync(path, text);
    expect((await call("baseline", "list")).stdout).toMatch(/^main +talk +5 runs/);
  });
});

describe("ab", () => {
  it(
    "passes a server against itself, and stops early when it can",
    async () => {
      const sides = ["--a", fast.url, "--b", fast.url];
      const { code, stdout, stderr } = await call(
        "ab",
        "talk.ts",
        ...sides,
        ...QUIET,
        "--json",
        "--max-pairs",
        "8",
      );
      expect([0, 3], stdout).toContain(code);
      const compared = JSON.parse(stdout) as ComparisonDocument;
      expect(regressed(compared)).toEqual([]);
      if (code === 0 && compared.baseline.runs.length < 8)
        expect(stderr).toMatch(/5 pairs: the answer was clear/);
    },
    5 * MINUTES,
  );

  it(
    "fails a server that is 20 % slower, at the first look",
    async () => {
      const sides = ["--a", fast.url, "--b", slow.url];
      const { code, stdout, stderr } = await call("ab", "talk.ts", ...sides, ...QUIET);
      expect(code, stdout).toBe(1);
      expect(stderr).toMatch(/5 pairs: the answer was clear/);
      expect(stdout).toMatch(/REGRESSION {2}talk: B against A, 5 pairs of runs in one sitting/);
      const [, page = ""] = /Report {2}(.*report\.html)/.exec(stdout) ?? [];
      expect(readFileSync(join(cwd, page), "utf8")).toContain('id="comparison"');
    },
    5 * MINUTES,
  );
});

describe("the embedded server", () => {
  const smoke = ["run", "talk.ts", "--iterations", "5", "--vus", "1", ...QUIET];

  it(
    "with other threads or another model is not comparable: 4, naming the difference",
    async () => {
      expect((await call(...smoke, "--threads", "1")).code).toBe(0);
      expect((await call("baseline", "save", "embedded", "latest")).code).toBe(0);
      const threads = await call(...smoke, "--threads", "2", "--baseline", "embedded");
      expect(threads.code, threads.stdout).toBe(4);
      expect(latestComparison().verdict.reasons.join()).toMatch(
        /server\.flags differs: .*--threads 1 in the baseline, .*--threads 2/,
      );
      const model = await call(
        ...smoke,
        "--threads",
        "1",
        "--model",
        "synth:tiny@f16",
        "--baseline",
        "embedded",
      );
      expect(model.code, model.stdout).toBe(4);
      expect(latestComparison().verdict.reasons.join()).toMatch(/model\.name differs/);
      expect(existsSync(join(cwd, "baselines", "history", "talk.jsonl"))).toBe(true);
    },
    3 * MINUTES,
  );
});
