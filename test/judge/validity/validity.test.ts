import { describe, expect, test } from "vitest";
import type { RunHeader, RunLine } from "../../../src/core/records.ts";
import { gates, type GateId } from "../../../src/judge/validity/gates.ts";
import { summarize } from "../../../src/judge/summarize.ts";
import type { BaselineCheck, Summary } from "../../../src/judge/summary.ts";
import {
  censoredRequest,
  dropped,
  every,
  footer,
  header,
  iteration,
  mark,
  marks,
  request,
  sample,
  served,
  steadyLines,
  stream,
  summaryOf,
} from "../../support/runs/run-lines.ts";

/** The steady run with these lines before its end. */
function steadyWith(...extra: readonly RunLine[]): RunLine[] {
  const lines = steadyLines();
  return [...lines.slice(0, -1), ...extra, ...lines.slice(-1)];
}

function gate({ validity }: Summary, id: GateId): BaselineCheck {
  const found = validity.gates.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no gate ${id}`);
  return found;
}

const windows = (metric: string, values: readonly number[]): RunLine[] =>
  values.map((value, i) => sample(2050 + i * 100, metric, value));

test("every gate says why it exists and what to do", () => {
  for (const { id, title, reason, advice } of gates) {
    expect(title, id).not.toBe("");
    expect(reason.length, id).toBeGreaterThan(20);
    expect(advice.length, id).toBeGreaterThan(20);
  }
  expect(new Set(gates.map(({ id }) => id)).size).toBe(gates.length);
});

test("a gate without data says that it was not measured, and never passes silently", async () => {
  const { validity } = await summaryOf([header()]);
  expect(validity.gates.map(({ id, status }) => [id, status])).toEqual(
    gates.map(({ id }) => [id, id === "measured_requests" ? "invalid" : "not_measured"]),
  );
  for (const one of validity.gates.filter(({ status }) => status === "not_measured"))
    expect(one.detail, one.id).toMatch(/./);
});

describe("a busy client", () => {
  test("is suspect from half, and invalid from 80 % utilization", async () => {
    const look = async (value: number): Promise<string> =>
      gate(
        await summaryOf(steadyWith(...windows("event_loop_utilization", [value, value, value]))),
        "event_loop_utilization",
      ).status;
    expect(await look(0.5)).toBe("ok");
    expect(await look(0.51)).toBe("warn");
    expect(await look(0.81)).toBe("invalid");
  });

  test("is not condemned for one spike, nor for two", async () => {
    const spikes = windows("event_loop_utilization", [0.1, 1, 0.1, 0.2, 1, 0.1]);
    const summary = await summaryOf(steadyWith(...spikes));
    expect(gate(summary, "event_loop_utilization")).toMatchObject({ status: "ok", value: 0.2 });
  });

  test("is judged by its worst thread, and the main thread does not count", async () => {
    const summary = await summaryOf(
      steadyWith(
        ...windows("event_loop_delay", [1, 1, 1]),
        ...windows("event_loop_delay", [60, 60, 60]).map((line) => ({
          ...(line as ReturnType<typeof sample>),
          source: "worker-1",
        })),
        ...windows("event_loop_delay", [99, 99, 99]).map((line) => ({
          ...(line as ReturnType<typeof sample>),
          source: "main",
        })),
      ),
    );
    const found = gate(summary, "event_loop_delay");
    expect(found).toMatchObject({ status: "invalid", value: 60 });
    expect(found.detail).toContain("worker-1");
    expect(summary.verdict).toMatchObject({ status: "invalid", exitCode: 5 });
  });

  test("is not judged by fewer than three windows, or by those of the warm-up", async () => {
    const summary = await summaryOf(
      steadyWith(
        ...windows("gc_share", [0.5, 0.5]),
        ...every(100, 1100, 5).map((at) => sample(at, "gc_share", 0.5)),
      ),
    );
    expect(gate(summary, "gc_share").status).toBe("not_measured");
  });
});

describe("limits of one's own", () => {
  const busy = (limits: NonNullable<RunHeader["validityLimits"]>): RunLine[] => {
    const lines = steadyWith(...windows("gc_share", [0.07, 0.07, 0.07]));
    return [header({}, { validityLimits: limits }), ...lines.slice(1)];
  };
  const found = async (limits: NonNullable<RunHeader["validityLimits"]>) =>
    gate(await summaryOf(busy(limits)), "gc_share");

  test("of the run replace the default ones one by one, and are said", async () => {
    expect(await found({})).toMatchObject({ status: "invalid" });
    const raised = await found({ gc_share: { invalid: 0.1 } });
    expect(raised).toMatchObject({ status: "warn", limits: { warn: 0.02, invalid: 0.1 } });
    expect(raised.detail).toMatch(/limits set by --validity$/);
    expect(await found({ gc_share: { warn: 0.08, invalid: 0.1 } })).toMatchObject({ status: "ok" });
  });

  test("can be none at all, and what was found is still shown", async () => {
    const off = await found({ gc_share: "off" });
    expect(off).toMatchObject({ status: "ok", value: 0.07, limits: {} });
    expect(off.detail).toMatch(/switched off by --validity$/);
  });

  test("given when judging again go before those of the run", async () => {
    const lines = stream(busy({ gc_share: "off" }));
    const { summary } = await summarize(lines, { limits: { gc_share: { invalid: 0.01 } } });
    expect(gate(summary, "gc_share").status).toBe("invalid");
  });
});

test("a client whose CPU quota is used up is suspect at once, and soon invalid", async () => {
  const status = async (share: number): Promise<string> => {
    const samples = [0, 1, 2].map((i) =>
      sample(2050 + i * 100, "cpu_throttled_share", share, "client"),
    );
    return gate(await summaryOf(steadyWith(...samples)), "cpu_throttled_share").status;
  };
  expect(await status(0)).toBe("ok");
  expect(await status(0.01)).toBe("warn");
  expect(await status(0.06)).toBe("invalid");
});

test("sharing the machine with the server is said, whatever its address looks like", async () => {
  const warned = async (url: string, sameMachine?: boolean): Promise<boolean> => {
    const identity = { kind: "remote", url } as const;
    const same = sameMachine === undefined ? {} : { sameMachine };
    const target: RunLine = { type: "target", at: 500, identity, ...same };
    const { warnings } = await summaryOf([header(), target, footer(4200)]);
    return warnings.some(({ code }) => code === "shared_host");
  };
  expect(await warned("http://bench-01:8080", true)).toBe(true);
  expect(await warned("http://bench-01:8080", false)).toBe(false);
  expect(await warned("http://bench-01:8080")).toBe(false);
  expect(await warned("http://127.0.0.1:8080")).toBe(true);
});

describe("dispatch lag", () => {
  const late = (lags: readonly number[]): RunLine[] => [
    header(),
    ...marks,
    ...every(100, 2000, 20).flatMap((due, i) => {
      const at = due + (lags[i] ?? 0);
      return [request(at, { scheduled: due }), iteration(at, { scheduled: due })];
    }),
    footer(4200),
  ];

  test("of four requests is no verdict; of five it is", async () => {
    expect(gate(await summaryOf(late([60, 60, 60, 60])), "dispatch_lag").status).toBe("ok");
    expect(gate(await summaryOf(late([60, 60, 60, 60, 60])), "dispatch_lag")).toMatchObject({
      status: "invalid",
      value: 60,
      limits: { warn: 5, invalid: 50 },
    });
    expect(gate(await summaryOf(late([6, 6, 6, 6, 6])), "dispatch_lag").status).toBe("warn");
  });

  test("is measured against the time to first token where that is long", async () => {
    const slow = late([60, 60, 60, 60, 60]).map((line) =>
      line.type === "request" ? { ...line, firstContent: line.sent + 2000 } : line,
    );
    expect(gate(await summaryOf(slow), "dispatch_lag")).toMatchObject({
      status: "warn",
      limits: { invalid: 100 },
    });
  });
});

describe("load that was not offered", () => {
  test("makes a run invalid when iterations were dropped, with counts", async () => {
    const summary = await summaryOf([
      header(),
      ...marks,
      ...served(every(100, 2000, 19)),
      dropped(3900),
      footer(4100),
    ]);
    expect(gate(summary, "dropped_iterations")).toMatchObject({
      status: "invalid",
      value: 0.05,
      detail: "1 of 20 iterations were dropped",
    });
    expect(gate(summary, "achieved_rate")).toMatchObject({ status: "warn", value: 0.95 });
  });

  test("only makes a short run suspect", async () => {
    const summary = await summaryOf([
      header(),
      mark("steady", [2000, 3000], { targetRate: [10, 10], planned: 10 }),
      ...served(every(100, 2000, 5)),
      ...every(100, 2500, 5).map((at) => dropped(at)),
      footer(3100),
    ]);
    expect(gate(summary, "achieved_rate").status).toBe("warn");
    expect(gate(summary, "dropped_iterations").status).toBe("warn");
    expect(summary.validity.status).toBe("suspect");
    expect(summary.verdict.exitCode).toBe(0);
  });

  test("forgives the last start of a phase a few milliseconds", async () => {
    const lines = steadyLines().map((line) =>
      line.type === "iteration" && line.started === 3900 ? { ...line, started: 4030 } : line,
    );
    expect(gate(await summaryOf(lines), "achieved_rate")).toMatchObject({ status: "ok", value: 1 });
  });
});

describe("token counts", () => {
  const steady = (changes: Partial<ReturnType<typeof request>>, bad: number): RunLine[] => [
    header(),
    ...marks,
    ...every(100, 2000, 20).flatMap((at, i) => [
      request(at, i < bad ? changes : {}),
      iteration(at),
    ]),
    footer(4100),
  ];

  test("must be what was asked for when the limit ended the answer", async () => {
    const short = { output: { count: 3, source: "usage" } } as const;
    const found = gate(await summaryOf(steady(short, 1)), "token_counts");
    expect(found).toMatchObject({ status: "warn", value: 0.05 });
    expect(found.detail).toContain("stopped by the limit of 4 tokens, but 3 were counted (usage)");
    expect(gate(await summaryOf(steady(short, 2)), "token_counts").status).toBe("invalid");
    const contentGapsUs = [50_000, 10_000, 20_000];
    const stopped = { ...short, contentGapsUs, outcome: { ok: true, finish: "stop" } } as const;
    expect(gate(await summaryOf(steady(stopped, 2)), "token_counts").status).toBe("ok");
  });

  test("must be those received, give or take an end-of-generation token", async () => {
    const usage = (count: number) =>
      ({
        outcome: { ok: true, finish: "stop" },
        output: { count, source: "usage" },
        asked: {},
      }) as const;
    expect(gate(await summaryOf(steady(usage(5), 20)), "token_counts").status).toBe("ok");
    expect(gate(await summaryOf(steady(usage(6), 20)), "token_counts").status).toBe("invalid");
    const chunks = { ...usage(2), perEvent: "chunk" } as const;
    expect(gate(await summaryOf(steady(chunks, 20)), "token_counts").detail).toContain(
      "4 events with content came, but only 2 tokens were counted",
    );
  });

  test("that were counted by us cannot be checked", async () => {
    const own = { output: { count: 4, source: "events" } } as const;
    expect(gate(await summaryOf(steady(own, 20)), "token_counts").status).toBe("not_measured");
  });
});

test("many requests cut off at the end make a run invalid", async () => {
  const summary = await summaryOf([
    header(),
    ...marks,
    ...served(every(100, 2000, 17)),
    ...[3700, 3800, 3900].flatMap((at) => [
      censoredRequest(at),
      iteration(at, { outcome: "interrupted" }),
    ]),
    footer(4100),
  ]);
  expect(gate(summary, "censored_requests")).toMatchObject({ status: "invalid", value: 0.15 });
  expect(summary.metrics.interrupted_iterations).toMatchObject({ count: 3 });
});

describe("Little's law", () => {
  test("holds for requests that cross the borders of the window", async () => {
    const long = { ended: 0 };
    const lines = [
      header(),
      ...marks,
      ...every(100, 1000, 10).flatMap((at) =>
        served([at], { ...long, ended: at + 1500 }, "warmup"),
      ),
      ...every(100, 2000, 20).flatMap((at) => served([at], { ...long, ended: at + 1500 })),
      footer(6000),
    ];
    expect(gate(await summaryOf(lines), "littles_law")).toMatchObject({ status: "ok", value: 0 });
  });

  test("finds records whose phase is not that of their time", async () => {
    const lines = [header(), ...marks, ...served(every(30, 1000, 30), {}, "steady"), footer(4100)];
    expect(gate(await summaryOf(lines), "littles_law").status).toBe("invalid");
  });
});

test("limits can be overridden one by one", async () => {
  const lines = steadyWith(...windows("event_loop_utilization", [0.6, 0.6, 0.6]));
  const limits = { event_loop_utilization: { warn: 0.7 }, measured_requests: { invalid: 21 } };
  const { summary } = await summarize(stream(lines), { limits });
  expect(gate(summary, "event_loop_utilization")).toMatchObject({
    status: "ok",
    limits: { warn: 0.7, invalid: 0.8 },
  });
  expect(gate(summary, "measured_requests").status).toBe("invalid");
});
