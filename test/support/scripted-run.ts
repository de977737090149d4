/** Runs of the compiled program with a scenario of the test's own. */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RequestRecord } from "../../src/core/request-record.ts";
import type { RunLine } from "../../src/core/records.ts";
import type { MetricSummary } from "../../src/judge/metric-summaries.ts";
import type { Summary } from "../../src/judge/summary.ts";
import type { StreamScript } from "../../src/reference-server/scripted/stream-script.ts";
import { readRun } from "../../src/store/read-run.ts";
import { plimsoll } from "./program.ts";
import { scratchFolder } from "./scratch.ts";

export interface RunUnderWay {
  /** Most memory that the program had at once so far, bytes; NaN where it cannot be told. */
  mostMemory(): number;
  /** The lines that are in the file so far; none before there is one. */
  lines(): Promise<readonly RunLine[]>;
  /** Resolves when a line of the file is so. */
  until<Line extends RunLine>(is: (line: RunLine) => line is Line): Promise<Line>;
  readonly ended: Promise<RunEnded>;
}

export interface RunEnded {
  readonly code: number | null;
  readonly stderr: string;
  readonly directory: string;
  readonly summary: Summary;
}

/** Starts `plimsoll run` of a scenario file with this content, in a folder of its own. */
export function startRun(scenario: string, flags: readonly string[]): RunUnderWay {
  const cwd = scratchFolder("run");
  writeFileSync(join(cwd, "mine.js"), `import { chat } from "plimsoll";\n${scenario}`);
  const directory = (): string | undefined => {
    try {
      const [id] = readdirSync(join(cwd, "reports")).filter((name) => !name.startsWith("."));
      return id === undefined ? undefined : join(cwd, "reports", id);
    } catch {
      return undefined;
    }
  };
  const lines = async (): Promise<readonly RunLine[]> => {
    const found = directory();
    if (found === undefined) return [];
    const all: RunLine[] = [];
    for await (const line of readRun(found)) all.push(line);
    return all;
  };
  let over = false;
  let most = NaN;
  const look = (pid: number): void => {
    const timer = setInterval(() => {
      const peak = over ? NaN : peakMemory(pid);
      if (!Number.isNaN(peak)) most = peak;
      if (over) clearInterval(timer);
    }, 200);
  };
  const ended = plimsoll(["run", "mine.js", "--json", ...flags], { cwd, onStart: look }).then(
    (finished) => {
      over = true;
      const { code, stdout, stderr } = finished;
      if (stdout === "") throw new Error(`no summary: ${stderr}`);
      const summary = JSON.parse(stdout) as Summary;
      return { code, stderr, directory: directory() ?? "", summary };
    },
  );
  return {
    mostMemory: () => most,
    lines,
    ended,
    until: async (is) => {
      for (;;) {
        const found = (await lines()).find(is);
        if (found !== undefined) return found;
        if (over) throw new Error(`the run ended without it: ${(await ended).stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
  };
}

/** Linux keeps the high-water mark of every process. */
function peakMemory(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN) * 1024;
  } catch {
    return NaN;
  }
}

export function isRequest(line: RunLine): line is RequestRecord {
  return line.type === "request";
}

/** A trend of the summary, which must be there. */
export function trendOf({ metrics }: Summary, name: keyof Summary["metrics"]) {
  const found: MetricSummary | undefined = metrics[name];
  if (found?.kind !== "trend") throw new Error(`${name} is not a trend here`);
  return found;
}

/** One chat request an iteration; what the scripted server answers is `script`. */
export function asking(script: Partial<StreamScript>, before = ""): string {
  const maxTokens = script.tokens ?? 8;
  const request = `{ messages: [{ role: "user", content: "hi" }], maxTokens: ${maxTokens}, body: { plimsoll_script: ${JSON.stringify(script)} } }`;
  return `export default async ({ llm }) => { ${before} await llm(chat(${request})); };\n`;
}

/** An open loop, as options of a scenario. */
export function openLoop(rate: number, duration: string, more: object = {}): string {
  const executor = "constant-arrival-rate";
  const main = { executor, rate, duration, preAllocatedVUs: 1000, gracefulStop: "10s" };
  return `export const options = ${JSON.stringify({ scenarios: { main }, ...more })};\n`;
}
