/** The main job, as a person runs it: scenario in, run directory and report out. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RequestRecord } from "../../src/core/request-record.ts";
import type { Summary } from "../../src/judge/summary.ts";
import { readRun } from "../../src/store/read-run.ts";
import { liveServerMissing } from "../support/servers/live-server.ts";
import { plimsoll, PROGRAM } from "../support/program.ts";
import { scratchFolder } from "../support/scratch.ts";

/** 0 passed; 5 is the honest answer on a machine that something else keeps busy. */
const HONEST = [0, 5];

const FILES = ["report.html", "requests.csv", "run.jsonl", "samples.csv", "summary.json"];

async function requestsOf(directory: string): Promise<RequestRecord[]> {
  const records: RequestRecord[] = [];
  for await (const line of readRun(directory)) if (line.type === "request") records.push(line);
  return records;
}

async function runSteady(target: string, ...more: readonly string[]) {
  const cwd = scratchFolder("main-job");
  const args = ["run", "steady", "--duration", "5s", "--target", target, "--json", "--quiet"];
  // What the host of this machine gives to others is not what the job is about.
  args.push("--validity", "host_steal=off", "--validity", "foreign_cpu=off");
  const { code, stdout, stderr } = await plimsoll([...args, ...more], { cwd });
  expect(HONEST, stderr).toContain(code);
  const directories = readdirSync(join(cwd, "reports")).map((name) => join(cwd, "reports", name));
  const printed = JSON.parse(stdout) as Summary | Summary[];
  const summaries = Array.isArray(printed) ? printed : [printed];
  expect(summaries).toHaveLength(directories.length);
  return { summary: summaries[0]!, directories };
}

function expectWhole(summary: Summary): void {
  expect(summary.run.complete).toBe(true);
  expect(summary.census.measuredRequests.failed).toBe(0);
  for (const metric of ["ttft", "itl"] as const) {
    const measured = summary.metrics[metric];
    expect(measured?.kind === "trend" && measured.p50 > 0, metric).toBe(true);
  }
  const rate = summary.metrics.output_tokens_per_second;
  expect(rate?.kind === "gauge" && rate.value > 0).toBe(true);
}

async function expectCounted(directory: string): Promise<void> {
  const completed = (await requestsOf(directory)).filter(({ outcome }) => outcome.ok);
  expect(completed.length).toBeGreaterThan(5);
  for (const { output, prompt, asked, contentGapsUs, perEvent } of completed) {
    expect(output).toEqual({ count: asked?.output, source: "usage" });
    expect(prompt).toEqual({ count: asked?.prompt, source: "usage" });
    expect(perEvent).toBe("token");
    expect(contentGapsUs).toHaveLength(asked?.output ?? -1);
  }
}

const targets = ["embedded", ...(liveServerMissing ? [] : ["llama-server"])];

describe.each(targets)("the main job on %s", (target) => {
  it("measures, counts every token as the server does, and leaves a whole run directory", async () => {
    const { summary, directories } = await runSteady(target);
    const [directory = ""] = directories;
    expect(directories).toHaveLength(1);
    expect(readdirSync(directory)).toEqual(expect.arrayContaining([...FILES, "server.log"]));
    expectWhole(summary);
    await expectCounted(directory);
  });

  it("measures the same work again with --repeat, item by item", async () => {
    const { directories } = await runSteady(target, "--repeat", "2");
    const [first = [], second = []] = await Promise.all(directories.map(requestsOf));
    const work = (records: readonly RequestRecord[]) =>
      records
        .map(({ iteration, asked }) => ({ iteration, asked }))
        .sort((a, b) => a.iteration - b.iteration);
    expect(first.length).toBeGreaterThan(5);
    expect(work(second)).toEqual(work(first));
  });
});

describe("a server that is served in one terminal", () => {
  it("is measured by URL from another, and ends with its Ctrl-C", async () => {
    const server = spawn(process.execPath, [PROGRAM, "serve"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    try {
      const [printed] = (await once(server.stdout, "data")) as [Buffer];
      const url = printed.toString("utf8").trim();
      const { summary, directories } = await runSteady(url);
      expectWhole(summary);
      expect(summary.target?.kind).toBe("remote");
      await expectCounted(directories[0] ?? "");
    } finally {
      const ended = once(server, "exit");
      server.kill("SIGINT");
      expect((await ended)[0]).toBe(0);
    }
  });
});

describe("Ctrl-C", () => {
  it("keeps what was measured, reports it, and ends with 130", async () => {
    const cwd = scratchFolder("interrupt");
    const child = spawn(process.execPath, [PROGRAM, "run", "steady", "--duration", "60s"], {
      cwd,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const seen = (async () => {
      for await (const text of child.stderr) if (/\d done/.test(String(text))) return;
    })();
    await seen;
    const ended = once(child, "exit");
    child.kill("SIGINT");
    expect((await ended)[0]).toBe(130);
    const [id = ""] = readdirSync(join(cwd, "reports"));
    const directory = join(cwd, "reports", id);
    expect((await requestsOf(directory)).length).toBeGreaterThan(0);
    expect(existsSync(join(directory, "report.html"))).toBe(true);
    const summary = JSON.parse(readFileSync(join(directory, "summary.json"), "utf8")) as Summary;
    expect(summary.verdict.status).toBe("interrupted");
  });
});
