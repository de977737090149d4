import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CapacityDocument } from "../../src/judge/capacity/capacity.ts";
import { chatServer, type ChatAnswer, type ChatServer } from "../support/servers/chat-server.ts";
import { OWN_GATES } from "../support/runs/own-gates.ts";
import { PROGRAM, plimsoll } from "../support/program.ts";
import { scratchFolder } from "../support/scratch.ts";

/** Admits so many requests a second, and a few at once: what it answers depends on nothing else. */
function tokenBucket(perSecond: number, burst: number): () => ChatAnswer {
  let tokens = burst;
  let last = performance.now();
  return () => {
    const now = performance.now();
    tokens = Math.min(burst, tokens + ((now - last) / 1000) * perSecond);
    last = now;
    if (tokens < 1) return { status: 429, headers: { "retry-after": "1" } };
    tokens -= 1;
    return {};
  };
}

let folder: string;
let server: ChatServer;

beforeEach(() => {
  folder = scratchFolder("capacity");
  writeFileSync(
    join(folder, "asks.js"),
    `import { chat, profiles } from "plimsoll";
     export const options = ({ peak }) => ({
       scenarios: { main: profiles.steady({ rate: peak ?? 1, duration: "5s" }) },
       slo: { ttft: "30s" },
     });
     export default async ({ llm }) => { await llm(chat({ prompt: "hello", outputTokens: 1 })); };`,
  );
});

afterEach(async () => {
  await server.close();
});

function command(more: readonly string[] = []): readonly string[] {
  return [
    ...["capacity", "asks.js", "--target", server.origin, "--out", "out", "--no-telemetry"],
    // Our own lateness on a busy machine is not what these tests are about.
    ...OWN_GATES.flatMap((gate) => ["--validity", `${gate}=off`]),
    ...["--start", "10", "--goodput", "0.9", "--level-time", "2s", "--no-color"],
    ...more,
  ];
}

function documents(): readonly CapacityDocument[] {
  return readdirSync(join(folder, "out"))
    .filter((name) => name.includes("capacity") && !name.endsWith(".log"))
    .map(
      (name) =>
        JSON.parse(
          readFileSync(join(folder, "out", name, "capacity.json"), "utf8"),
        ) as CapacityDocument,
    );
}

describe("plimsoll capacity", () => {
  it("finds what a rate limit lets through, and says that it is a policy's limit", async () => {
    server = await chatServer(tokenBucket(20, 8));
    const { code, stdout, stderr } = await plimsoll(command(["--max-levels", "8"]), {
      cwd: folder,
    });
    expect(code, stderr).toBe(0);
    const [document] = documents();
    const { estimate, policy, limiting } = document!.outcome;
    expect(estimate?.capacity).toBeGreaterThan(13);
    expect(estimate?.capacity).toBeLessThan(33);
    expect(limiting).toBe("failures: overloaded");
    expect(policy?.admittedPerSecond).toBeGreaterThan(13);
    const { admission } = policy!;
    expect(admission?.retryAfter).toMatchObject({ median: 1000 });
    // Everything in it follows from the runs of its levels.
    const again = await plimsoll(["report", document!.id, "--out", "out", "--json"], {
      cwd: folder,
    });
    expect(again.code, again.stderr).toBe(0);
    expect(JSON.parse(again.stdout)).toEqual(document);
    expect(documents()).toEqual([document]);
    expect(admission?.retryAfter?.tried).toBeGreaterThan(0);
    expect(admission?.evenness).toBeGreaterThan(0.5);
    expect(stdout).toContain("Capacity");
    expect(stdout).toContain("Retry-After announces 1 s");
    const page = join(folder, "out", document!.id, "capacity.html");
    expect(stdout).toContain(join("out", document!.id, "capacity.html"));
    expect(readFileSync(page, "utf8")).toContain("Latency against throughput");
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("the limit of a policy, not of the machine");
  });

  it("goes on where it was after an interrupt, when the same command is given again", async () => {
    server = await chatServer(tokenBucket(20, 8));
    const args = command(["--max-levels", "4"]);
    const first = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let told = "";
    first.stderr.setEncoding("utf8").on("data", (text: string) => {
      const before = told;
      told += text;
      // In the middle of the third level.
      if (!before.includes("level 3") && told.includes("level 3")) first.kill("SIGINT");
    });
    const code = await new Promise((resolve) => first.once("close", resolve));
    expect(code, told).toBe(130);
    const [begun] = documents();
    expect(begun?.levels).toHaveLength(2);
    const second = await plimsoll(args, { cwd: folder });
    expect(second.code, second.stderr).toBe(0);
    expect(second.stderr).toContain(`going on with ${begun?.id}: 2 levels are measured already`);
    const [ended, ...others] = documents();
    expect(others).toEqual([]);
    expect(ended?.levels.slice(0, 2)).toEqual(begun?.levels);
    expect(ended?.levels.length).toBeGreaterThan(2);
  });

  const hopeless = [
    ["the server errs always", { status: 500 }, "30s", "failures: http_status"],
    ["no server could meet the SLO", {}, "1us", "✘ ttft"],
  ] as const;
  it.each(hopeless)(
    "says that the limits are missed at the lowest load, when %s",
    async (_, answer, limit, missed) => {
      server = await chatServer(() => answer);
      const file = join(folder, "asks.js");
      writeFileSync(file, readFileSync(file, "utf8").replace("30s", limit));
      const args = command(["--max-levels", "9", "--level-time", "1s"]);
      const { code, stdout, stderr } = await plimsoll(args, { cwd: folder });
      expect(code, stderr).toBe(1);
      expect(stdout).toContain("The limits are missed at the lowest load already.");
      expect(stdout).toContain(missed);
    },
  );

  it("ends with the target's code when the server dies during the search", async () => {
    let asked = 0;
    server = await chatServer(() => {
      asked += 1;
      if (asked === 30) void server.close();
      return {};
    });
    const { code, stdout } = await plimsoll(command(["--max-levels", "6"]), { cwd: folder });
    expect(code).toBe(6);
    expect(stdout).toContain("the server can no longer be reached");
  });

  it("refuses a scenario without limits, and shares that are none, before anything starts", async () => {
    server = await chatServer(() => ({}));
    const file = join(folder, "asks.js");
    writeFileSync(file, readFileSync(file, "utf8").replace('slo: { ttft: "30s" },', ""));
    const unlimited = await plimsoll(command(), { cwd: folder });
    expect([unlimited.code, unlimited.stdout]).toEqual([2, ""]);
    expect(unlimited.stderr).toContain("neither an slo nor thresholds");
    const share = await plimsoll(command(["--goodput", "99"]), { cwd: folder });
    expect(share.code).toBe(2);
    expect(share.stderr).toContain("--goodput");
  });
});
