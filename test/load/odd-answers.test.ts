/** Servers with odd habits, from the socket to the summary: the right figure, or why there is none. */
import { afterEach, describe, expect, it } from "vitest";
import type { Summary } from "../../src/judge/summary.ts";
import { runLoadWorker } from "../support/load-worker-run.ts";
import { Listening } from "../support/servers/listening.ts";
import { delta, oddChatServer, type OddHabit } from "../support/servers/odd-chat-server.ts";

const servers = new Listening();
afterEach(() => servers.close());

const MINE = `
  export const options = { scenarios: { main: {
    executor: "shared-iterations", iterations: 2, phase: "main" } },
    slo: { tpot: "1s" }, thresholds: { tpot: ["p(95)<1000"] } };
  export default ({ llm }) => llm(chat({ prompt: "hi", maxTokens: 16 }));`;

async function ask(habit: Partial<OddHabit> = {}) {
  const origin = `http://127.0.0.1:${await servers.listen(oddChatServer({ chunks: words(16), finish: "length", ...habit }))}`;
  const { requests, judged } = await runLoadWorker({ origin, scenario: MINE });
  return { requests, summary: judged.summary };
}

const words = (n: number, members: object = { content: " w" }): object[] =>
  Array.from({ length: n }, () => delta(members));
const usage = (completion_tokens: number, rest: object = {}): object => ({
  prompt_tokens: 20,
  completion_tokens,
  ...rest,
});

const mean = (summary: Summary, name: keyof Summary["metrics"]): number | undefined => {
  const found = summary.metrics[name];
  return found?.kind === "trend" ? found.mean : undefined;
};
const codes = ({ warnings }: Summary): string[] => warnings.map(({ code }) => code);

describe("content", () => {
  const thinking = { content: [{ type: "thinking", thinking: [{ type: "text", text: " t" }] }] };
  const details = { reasoning_details: [{ type: "reasoning.text", text: " t" }] };
  it.each([
    ["a list of parts", thinking],
    ["reasoning_details", details],
    ["reasoning as an object", { reasoning: { content: " t" } }],
    ["thinking", { thinking: " t" }],
  ])("is reasoning as %s: its first event ends the TTFT", async (_what, members) => {
    const chunks = [...words(8, members), ...words(8)];
    const { requests, summary } = await ask({ chunks, usage: usage(16) });
    expect(summary.census.requests).toMatchObject({ ok: 2, failed: 0 });
    expect(requests.map(({ contentGapsUs }) => contentGapsUs?.length)).toEqual([16, 16]);
    expect(codes(summary)).not.toContain("unknown_content");
  });

  it("is counted under a name that nobody knows, which is named once", async () => {
    const chunks = [...words(8, { musings: " t" }), ...words(8)];
    const { requests, summary } = await ask({ chunks, usage: usage(16) });
    expect(requests.map(({ contentGapsUs }) => contentGapsUs?.length)).toEqual([16, 16]);
    const named = summary.warnings.filter(({ code }) => code === "unknown_content");
    expect(named).toHaveLength(1);
    expect(named[0]!.message).toContain("2 of 2 answers had content under a name that Plimsoll");
    expect(named[0]!.message).toContain('"musings"');
  });
});

describe("hidden reasoning", () => {
  const hidden = { completion_tokens_details: { reasoning_tokens: 40 } };

  it("divides no time that it did not fill, and is told apart", async () => {
    const chunks = words(4);
    const { requests, summary } = await ask({
      ...{ chunks, thinks: 200, finish: "stop" },
      usage: usage(44, hidden),
    });
    expect(mean(summary, "output_tokens")).toBe(44);
    expect(mean(summary, "hidden_tokens")).toBe(40);
    expect(requests.map(({ contentGapsUs }) => contentGapsUs?.length)).toEqual([4, 4]);
    expect(summary.metrics.itl).toMatchObject({ per: "token", count: 6 });
    expect(summary.metrics.ttft).toMatchObject({ title: "time to the answer, from send" });
    expect(codes(summary)).toContain("hidden_reasoning");
    expect(summary.validity.gates.find(({ id }) => id === "token_counts")?.status).toBe("ok");
  });

  it("that used up the limit says so", async () => {
    const { summary } = await ask({
      chunks: [],
      usage: usage(16, { completion_tokens_details: { reasoning_tokens: 16 } }),
    });
    expect(summary.failures.kinds).toMatchObject([{ kind: "no_answer", count: 2 }]);
  });
});

describe("an answer that comes in one piece", () => {
  it("has neither ITL nor TPOT, and meets no limit on them", async () => {
    const { summary } = await ask({ buffered: true, usage: usage(16) });
    expect(summary.metrics.itl).toBeUndefined();
    expect(summary.metrics.tpot).toBeUndefined();
    expect(summary.metrics.slo_met).toMatchObject({ rate: 0 });
    expect(summary.thresholds).toMatchObject([
      {
        status: "no_data",
        ok: false,
        absent: expect.stringMatching(/came in one piece/) as string,
      },
    ]);
    expect(codes(summary)).toContain("bunched_answers");
  });

  it("although nobody counted its tokens", async () => {
    const { summary } = await ask({ buffered: true });
    expect(summary.metrics.tpot).toBeUndefined();
    expect(summary.metrics.slo_met).toMatchObject({ rate: 0 });
  });
});

describe("counts", () => {
  it("of zero beside content are none", async () => {
    const zero = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    const chunks = words(16).map((chunk) => ({ ...chunk, usage: zero }));
    const { requests, summary } = await ask({ chunks, usage: zero });
    expect(requests.map(({ output }) => output)).toEqual([
      { count: 16, source: "events" },
      { count: 16, source: "events" },
    ]);
    expect(summary.metrics.prompt_tokens).toBeUndefined();
    expect(codes(summary)).toContain("tokens_counted_by_events");
  });
});

describe("an end", () => {
  it.each(["abort", "error", "cancelled"])(
    "with the finish reason %s is a failure",
    async (finish) => {
      const { summary } = await ask({ chunks: words(3), finish, usage: usage(3) });
      expect(summary.failures.kinds).toMatchObject([{ kind: "server_error", count: 2 }]);
      expect(summary.failures.kinds[0]!.messages[0]!.message).toContain(`"${finish}"`);
    },
  );

  it("without [DONE] is complete, with a note", async () => {
    const { summary } = await ask({ mark: false, usage: usage(16) });
    expect(summary.census.requests).toMatchObject({ ok: 2, failed: 0 });
    expect(codes(summary)).toContain("no_end_marker");
  });

  it("without a finish reason says which sign is missing", async () => {
    const { summary } = await ask({ chunks: words(3), finish: undefined, mark: false });
    expect(summary.failures.kinds).toMatchObject([{ kind: "truncated", count: 2 }]);
    expect(summary.failures.kinds[0]!.messages[0]!.message).toBe(
      "the stream ended before its end was announced: neither a finish reason nor [DONE] came",
    );
  });

  it("is [DONE], although the connection stays open", async () => {
    const { summary } = await ask({ hangs: true, usage: usage(16) });
    expect(summary.census.requests).toMatchObject({ ok: 2, failed: 0 });
    expect(codes(summary)).toContain("no_body_end");
  });
});

describe("a 2xx that is no answer", () => {
  it.each([
    ["text/html", "<html><title>Sign in</title></html>", "Sign in"],
    [
      "application/json",
      '{"code":50001,"message":"quota of the tenant is used up"}',
      "quota of the",
    ],
    ["text/event-stream", 'data: {"code":50001,"message":"quota"}\n\n', "quota"],
    ["application/json", "[]", "[]"],
  ])("of %s is a protocol error with its first words", async (type, text, words) => {
    const { summary } = await ask({ body: { type, text } });
    expect(summary.failures.kinds).toMatchObject([{ kind: "protocol_error", count: 2 }]);
    const { message } = summary.failures.kinds[0]!.messages[0]!;
    expect(message).toContain(`HTTP 200 (${type})`);
    expect(message).toContain(words);
  });
});
