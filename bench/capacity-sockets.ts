/**
 * The command itself, `plimsoll capacity`, against servers of known law on real sockets, in real time:
 * some minutes a search. Only when it is named; `npm run bench -- capacity` has the many searches, in
 * virtual time. `PLIMSOLL_BENCH_TRIALS` says how many of each law (2).
 */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import type { CapacityDocument } from "../src/judge/capacity/capacity.ts";
import { judgeAim } from "./aims.ts";
import { bucket, queue, type Law } from "./capacity-laws.ts";
import { startLawServer } from "./law-server.ts";
import { scratchFolder } from "./scratch.ts";
import type { BenchRow, BenchTable } from "./table.ts";
import { PROGRAM } from "./world.ts";

export async function capacitySockets(): Promise<BenchTable> {
  const trials = Number(process.env["PLIMSOLL_BENCH_TRIALS"] ?? 2);
  const rows: BenchRow[] = [];
  const errors: number[] = [];
  for (const law of [queue(8, 0.04, 0.08, 0.95), bucket(50, 20, 0.99)]) {
    for (let seed = 1; seed <= trials; seed += 1) {
      const { row, error } = await trial(law, seed);
      console.error(JSON.stringify(row)); // the next takes minutes again
      rows.push(row);
      errors.push(Math.abs(error));
    }
  }
  return {
    title: "plimsoll capacity against servers of known law on real sockets, with its defaults",
    rows,
    notes: [judgeAim({ what: "largest error", value: Math.max(...errors), limit: 5, unit: " %" })],
  };
}

async function trial(law: Law, seed: number): Promise<{ readonly row: BenchRow; error: number }> {
  const folder = scratchFolder("capacity");
  writeFileSync(join(folder, "asks.js"), scenario(law));
  const server = await startLawServer(law, seed);
  const begun = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...[PROGRAM, "capacity", "asks.js", "--target", server.url, "--out", "out"],
      ...["--goodput", String(law.share), "--no-telemetry"],
    ],
    { cwd: folder, stdio: ["ignore", "ignore", "inherit"] },
  );
  await once(child, "close");
  const minutes = (performance.now() - begun) / 60_000;
  await server.close();
  const { outcome, levels } = resultIn(join(folder, "out"));
  const { estimate } = outcome;
  const error = 100 * ((estimate?.capacity ?? NaN) / law.truth - 1);
  const three = (value: number | undefined): number | undefined =>
    value === undefined ? undefined : Number(value.toPrecision(3));
  const row = {
    law: law.name,
    seed,
    "true capacity, /s": three(law.truth),
    "found, /s": three(estimate?.capacity),
    "90 % interval": estimate && `${three(estimate.low)} to ${three(estimate.high)}`,
    "error, %": three(error),
    levels: levels.length,
    "invalid levels": levels.filter(({ valid }) => !valid).length,
    minutes: three(minutes),
    end: outcome.end,
  };
  return { row, error };
}

/** The first token comes when the request is begun with: TTFT is the wait of the law. */
function scenario({ limit }: Law): string {
  const ttft = Number.isFinite(limit) ? `${limit * 1000}ms` : "30s";
  return `import { chat, profiles } from "plimsoll";
export const options = ({ peak }) => ({
  scenarios: { main: profiles.steady({ rate: peak ?? 1, duration: "5s" }) },
  slo: { ttft_scheduled: "${ttft}" },
});
export default async ({ llm }) => { await llm(chat({ prompt: "hello", outputTokens: 1 })); };
`;
}

function resultIn(out: string): CapacityDocument {
  const [name] = readdirSync(out).filter(
    (one) => one.includes("capacity") && !one.endsWith(".log"),
  );
  return JSON.parse(
    readFileSync(join(out, name ?? "", "capacity.json"), "utf8"),
  ) as CapacityDocument;
}
