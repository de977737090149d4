/**
 * How long it takes to compare two runs of 100,000 requests: with the digests that runs leave, and
 * from `run.jsonl` alone. The runs are one short real one, its requests repeated.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestOfRun } from "../../src/cli/stored/digest-of-run.ts";
import { writeDigest } from "../../src/store/digests.ts";
import { originNow, systemClock } from "../../src/core/clock.ts";
import { randomStream } from "../../src/core/random.ts";
import type { RequestRecord } from "../../src/core/request-record.ts";
import type { RunLine } from "../../src/core/records.ts";
import { compareRuns } from "../../src/judge/compare/compare-runs.ts";
import { readRun } from "../../src/store/read-run.ts";
import type { BenchTable } from "../table.ts";
import { recordRun } from "./record-run.ts";
import { scratchFolder } from "../scratch.ts";

const REQUESTS = 100_000;
/** Length of the measured phase, ms. */
const LENGTH = 600_000;

export async function speedTable(): Promise<BenchTable> {
  const root = scratchFolder("speed");
  try {
    const template = await linesOf(await recordRun(root));
    const runs = [1, 2].map((seed) => enlarge(template, join(root, `large-${seed}`), seed));
    const made = await timed(() => Promise.all(runs.map(digestOfRun)));
    for (const [i, run] of runs.entries()) {
      const digest = made.value[i];
      if (digest !== undefined) await writeDigest(run, digest);
    }
    const kept = await timed(async () => {
      const [baseline, candidate] = await Promise.all(runs.map(digestOfRun));
      if (baseline === undefined || candidate === undefined) throw new Error("no digests");
      return compareRuns({ baseline: [baseline], candidate: [candidate] });
    });
    return {
      title: `Comparing two runs of ${REQUESTS.toLocaleString("en-US")} requests, ms`,
      rows: [
        { from: "the digests they left", ms: Math.round(kept.ms) },
        { from: "run.jsonl alone, both read anew", ms: Math.round(made.ms) },
      ],
      notes: [`Aim: under 2,000 ms. ${kept.value.metrics.length} metrics were judged.`],
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function timed<Value>(work: () => Promise<Value>): Promise<{ value: Value; ms: number }> {
  const clock = systemClock(originNow());
  const value = await work();
  return { value, ms: clock.now() };
}

async function linesOf(run: string): Promise<RunLine[]> {
  const lines: RunLine[] = [];
  for await (const line of readRun(run)) lines.push(line);
  return lines;
}

/** The same run with REQUESTS requests in a phase of LENGTH, its times scattered by 10 %. */
function enlarge(template: readonly RunLine[], directory: string, seed: number): string {
  const random = randomStream("enlarge", seed);
  const requests = template.filter((line) => line.type === "request" && line.outcome.ok);
  const text: string[] = [];
  for (const line of template) {
    if (line.type === "header") text.push(JSON.stringify({ ...line, run: `large-${seed}` }));
    else if (line.type === "phase" && line.measured) {
      text.push(JSON.stringify({ ...line, end: line.start + LENGTH }));
      for (let i = 0; i < REQUESTS; i += 1) {
        const like = requests[i % requests.length] as RequestRecord;
        const at = line.start + (LENGTH * i) / REQUESTS;
        text.push(
          JSON.stringify(movedTo(like, { at, iteration: i, factor: 0.9 + 0.2 * random.next() })),
        );
      }
    } else if (line.type === "target") text.push(JSON.stringify(line));
    else if (line.type === "footer") text.push(JSON.stringify({ ...line, at: LENGTH + 10_000 }));
  }
  mkdirSync(directory);
  writeFileSync(join(directory, "run.jsonl"), `${text.join("\n")}\n`);
  return directory;
}

interface Move {
  readonly at: number;
  readonly iteration: number;
  /** Of all its durations. */
  readonly factor: number;
}

function movedTo(record: RequestRecord, { at, iteration, factor }: Move): RequestRecord {
  const when = (time: number): number => at + (time - record.sent) * factor;
  const { headers, firstContent, lastContent } = record;
  return {
    ...record,
    iteration,
    sent: at,
    ended: when(record.ended),
    ...(headers !== undefined && { headers: when(headers) }),
    ...(firstContent !== undefined && { firstContent: when(firstContent) }),
    ...(lastContent !== undefined && { lastContent: when(lastContent) }),
  };
}
