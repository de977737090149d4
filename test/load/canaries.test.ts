/** Canaries, from what a scenario asks to a threshold that fails, against a real socket. */
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import type { Reply } from "../../src/core/request.ts";
import { compareRuns } from "../../src/judge/compare/compare-runs.ts";
import type { RunDigest } from "../../src/judge/digest/digest.ts";
import { isWellFormed, repeatsItself, replyChecks } from "../../src/load/reply-checks.ts";
import { sha256 } from "../../src/scenario/hash.ts";
import { failuresSection } from "../../src/report/run/section-failures.ts";
import type { Plan } from "../../src/scenario/plan.ts";
import { chatServer, type ChatAnswer, type ChatServer } from "../support/servers/chat-server.ts";
import { runLoadWorker } from "../support/load-worker-run.ts";

let server: ChatServer | undefined;
afterEach(() => server?.close());

const SENSE = "The ship lies low in the water, and the mate reads the line on her side.";
const NONSENSE = "round and ".repeat(40);

/** Rounds in quick succession, which a scenario cannot ask for. */
const quickly = (plan: Plan): Plan => ({
  ...plan,
  ...(plan.canaries && { canaries: { ...plan.canaries, every: 15 } }),
});

async function run(
  options: string,
  answer: (asked: string, n: number) => ChatAnswer,
  iterations = 50,
) {
  server = await chatServer(answer);
  return runLoadWorker({
    origin: server.origin,
    plan: quickly,
    scenario: `
      export const options = {
        scenarios: { main: { executor: "shared-iterations", iterations: ${iterations}, phase: "main" } },
        ${options} };
      export default async ({ llm, sleep }) => {
        await llm(chat({ prompt: "mine" }));
        await sleep(0.01);
      };`,
  });
}

describe("nonsense in a fifth of the replies", () => {
  const answer = (_asked: string, n: number): ChatAnswer => ({
    pieces: [n % 5 === 4 ? NONSENSE : SENSE],
  });

  it("fails a threshold on well-formed replies, and the run with exit code 1", async () => {
    const { judged } = await run(
      `canaries: { replies: { wellFormed: true } },
       thresholds: { "checks{check:canary: replies well formed}": ["rate>0.99"],
                     e2e: ["p(95)<2000"], request_failed: ["rate==0"] }`,
      answer,
    );
    const { thresholds, checks, verdict } = judged.summary;
    expect(checks).toEqual([{ name: "canary: replies well formed", passes: 40, fails: 10 }]);
    expect(thresholds.map(({ status, value }) => [status, value])).toMatchObject([
      ["failed", 0.8],
      ["passed", expect.any(Number)],
      ["passed", 0],
    ]);
    expect(verdict).toMatchObject({ status: "failed", exitCode: 1 });
  });

  it("fails a threshold on the same text at temperature 0", async () => {
    let asked = 0;
    const { judged, canaries } = await run(
      `canaries: { prompts: ["sing"] }, thresholds: { "checks{check:canary: same text}": ["rate>0.99"] }`,
      (prompt) => answer(prompt, prompt === "sing" ? asked++ : 0),
    );
    expect(canaries.length).toBeGreaterThan(5);
    expect(judged.summary.thresholds).toMatchObject([{ status: "failed" }]);
    expect(judged.summary.verdict.exitCode).toBe(1);
    const [canary] = judged.summary.canaries!;
    expect(canary!.texts.map(({ hash }) => hash)).toEqual([sha256(SENSE), sha256(NONSENSE)]);
    expect(canary!.texts[1]!.excerpt).toBe(NONSENSE.slice(0, 300));
    const shown = JSON.stringify(failuresSection(judged));
    expect(shown).toMatch(/✔ first.*ship lies low.*✘ differs.*round and/);
  });

  it("is nothing that any other metric shows", async () => {
    const { judged } = await run("thresholds: { request_failed: ['rate==0'] }", answer);
    expect(judged.summary.verdict).toMatchObject({ status: "passed" });
    expect(judged.summary).not.toHaveProperty("canaries");
  });
});

describe("canary requests", () => {
  it("are no requests of the scenario: they enter no metric but checks", async () => {
    const { judged, canaries, requests } = await run(
      `canaries: { prompts: ["sing"] }, tags: { team: "blue" },
       thresholds: { checks: ["rate==1"], "checks{phase:main}": ["rate==1"],
                     "checks{scenario:main}": [{ threshold: "rate==1", noData: "pass" }] }`,
      () => ({ pieces: [SENSE] }),
    );
    expect(requests).toHaveLength(50);
    const { metrics, thresholds, census } = judged.summary;
    expect(metrics.requests).toMatchObject({ count: 50 });
    expect(metrics.ttft).toMatchObject({ count: 50 });
    expect(census.requests.total).toBe(50);
    // The first text has nothing that it could be compared with.
    expect(canaries[0]).not.toHaveProperty("checks");
    // The last one may have been cut off: the traffic was over.
    const answered = canaries.filter(({ outcome }) => outcome.ok);
    expect(metrics.checks).toMatchObject({ count: answered.length - 1, rate: 1 });
    expect(thresholds.map(({ status }) => status)).toEqual(["passed", "passed", "no_data"]);
    expect(canaries[0]).toMatchObject({
      textHash: sha256(SENSE),
      excerpt: SENSE,
      outputTokens: { count: 1, source: "events" },
    });
  });

  it("are looked through for what was expected; a failed one is no wrong answer", async () => {
    let n = 0;
    const { judged } = await run(
      `canaries: { prompts: [{ prompt: "Which line?", expect: /plimsoll/i }] }`,
      (prompt) => {
        if (prompt !== "Which line?") return {};
        n += 1;
        return n === 2 ? { status: 503 } : { pieces: [n === 3 ? "no idea" : "Plimsoll's"] };
      },
    );
    const [canary] = judged.summary.canaries!;
    expect(canary).toMatchObject({ failed: 1 });
    const replies = canary!.asked - 1;
    expect(judged.summary.checks).toEqual([
      { name: "canary: expected text", passes: replies - 1, fails: 1 },
      { name: "canary: same text", passes: replies - 2, fails: 1 },
    ]);
    expect(judged.summary.metrics.request_failed).toMatchObject({ passes: 0 });
  });
});

describe("a baseline's answers", () => {
  const answered = async (text: string, prompt = "sing") => {
    const options = `canaries: { prompts: ["${prompt}"] }`;
    const { digest } = await run(options, () => ({ pieces: [text] }), 10);
    await server?.close();
    return digest;
  };

  it("are those of a candidate that is the same model, and a caveat where they are not", async () => {
    const baseline = [await answered(SENSE)];
    const caveats = (digest: RunDigest): readonly string[] =>
      compareRuns({ baseline, candidate: [digest] }).caveats.filter((one) =>
        one.includes("canary"),
      );
    expect(caveats(await answered(SENSE))).toEqual([]);
    expect(caveats(await answered("la la"))).toEqual([
      'the canary "sing" is answered with another text: "la la", where the baseline has ' +
        '"The ship lies low in the water, and the mate reads the line…"',
    ]);
    // Another question has another answer.
    expect(caveats(await answered("la la", "dance"))).toEqual([]);
  });
});

describe("a malformed reply", () => {
  it.each<[string, (string | Buffer)[], boolean]>([
    ["is one with bytes that are not UTF-8", ["good ", Buffer.from([0xc3, 0x28]), " bad"], false],
    ["is one with half a surrogate pair", [Buffer.from("half \\ud83d of it")], false],
    ["is one that is empty", [], false],
    ["is one of white space", [" \n"], false],
    ["is one that goes round in circles", [NONSENSE], false],
    ["is not one with characters outside of ASCII", ["größer 🙂 ", "日本語"], true],
  ])("%s", async (_what, pieces, expected) => {
    const { judged } = await run(
      "canaries: { replies: { wellFormed: true } }",
      () => ({ pieces }),
      1,
    );
    const count = { passes: expected ? 1 : 0, fails: expected ? 0 : 1 };
    expect(judged.summary.checks).toEqual([{ name: "canary: replies well formed", ...count }]);
  });

  const reply = (text: string, more: Partial<Reply> = {}): Reply => ({
    ok: true,
    text,
    reasoning: "",
    finish: "stop",
    output: { count: 9, source: "usage" },
    ...more,
  });

  it("is not one whose last character the output limit cut", () => {
    expect(isWellFormed(reply("cut \uFFFD", { finish: "length" }))).toBe(true);
    expect(isWellFormed(reply("cut \uFFFD"))).toBe(false);
    expect(isWellFormed(reply("\uFFFD cut", { finish: "length" }))).toBe(false);
  });

  it("may be a tool call without a word", () => {
    expect(isWellFormed(reply("", { finish: "tool_calls" }))).toBe(true);
  });

  it("is not looked for in embeddings, nor in what failed", () => {
    const looked = { wellFormed: true };
    const embedding: Reply = { ok: true, text: "", reasoning: "", finish: "stop" };
    expect(replyChecks(looked, embedding)).toBeUndefined();
    const failed = { ...reply("the beg"), ok: false, failure: "truncated" } as const;
    expect(replyChecks(looked, failed)).toBeUndefined();
  });
});

describe("endless repetition", () => {
  const prose = `${SENSE} Her master signs for the cargo; the pilot waits on the quay with his hands
    in his pockets, and nobody speaks of the weather, which has been bad since Tuesday. When the
    tide turns they will go, whatever the glass says, because the owner has paid for the berth.`;

  it.each<[string, string, boolean]>([
    ["one character", `well ${"!".repeat(200)}`, true],
    ["one line", `Answer:\n${"- the same line\n".repeat(20)}`, true],
    ["a word in another script", `答えは${"はい。".repeat(60)}`, true],
    ["words with a counter between", loopWithCounter(60), true],
    ["prose", prose, false],
    ["a ruler under a heading", `Heading\n${"=".repeat(60)}\nThe text.`, false],
    ["a table", table(20), false],
    ["a count", Array.from({ length: 200 }, (_, i) => String(i)).join(", "), false],
    ["a refrain", `${"Row, row, row your boat. ".repeat(4)}Gently down the stream.`, false],
  ])("%s", (_what, text, expected) => {
    expect(repeatsItself(text)).toBe(expected);
  });

  it("is found wherever it began, as long as it goes on", () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 500 }),
        fc.string({ minLength: 1, maxLength: 50 }).filter((piece) => piece.trim() !== ""),
        (before, piece) => {
          expect(repeatsItself(before + piece.repeat(Math.ceil(800 / piece.length)))).toBe(true);
        },
      ),
    );
  });

  function loopWithCounter(times: number): string {
    const turns = Array.from(
      { length: times },
      (_, i) => `and then we go on to the next part ${i}`,
    );
    return turns.join(" ");
  }

  function table(rows: number): string {
    const row = (_: unknown, i: number) => `| ${i} | ship ${i * 7} | ${i % 2 ? "in" : "out"} |`;
    return Array.from({ length: rows }, row).join("\n");
  }
});

describe("a threshold on a check", () => {
  const thresholds = async (key: string, metric = "rate>0.5"): Promise<string> => {
    const scenario = `thresholds: { "${key}": ["${metric}"] }, canaries: { prompts: ["sing"] }`;
    return run(scenario, () => ({})).then(
      () => "accepted",
      (thrown: unknown) => String(thrown),
    );
  };

  it("must be about a canary that is switched on", async () => {
    expect(await thresholds("checks{check:canary: replies well formed}")).toContain(
      'no canary makes the check "canary: replies well formed": see options.canaries; known are canary: same text',
    );
  });

  it("must be on the metric checks", async () => {
    expect(await thresholds("ttft{check:canary: same text}", "p(95)<1")).toContain(
      'only the metric checks has a tag "check"',
    );
  });
});
