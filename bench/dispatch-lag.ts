/**
 * How late our own starts are: Poisson schedules on an idle event loop, once with Node's timers and
 * once with the pacing thread. Medians over five runs, and the best p99 of them (the machine's own
 * noise is in the others); cpu is in cores, of the whole process. Run with `npx tsx bench/dispatch-lag.ts [--json]`.
 */
import { originNow, systemClock, type Clock } from "../src/core/clock.ts";
import { schedule } from "../src/load/arrivals.ts";
import { pace } from "../src/load/pacer.ts";
import { preciseClock, startPacing } from "../src/load/pacing.ts";
import { workerLoader } from "../test/support/worker-loader.ts";

const RATES = [100, 1000, 5000];
const SECONDS = 2;
const REPEATS = 5;

interface Measured {
  readonly p50: number;
  readonly p99: number;
  readonly cpu: number;
}

async function measure(clock: Clock, rate: number, seed: number): Promise<Measured> {
  const duration = SECONDS * 1000;
  const segments = [{ phase: "main", measured: true, duration, from: rate, to: rate }];
  const offsets = schedule(
    {
      executor: "constant-arrival-rate",
      arrival: { kind: "poisson" },
      preAllocatedVUs: 1,
      maxVUs: 1,
      segments,
    },
    seed,
  );
  const lags = new Float64Array(offsets.length);
  const cpu = process.cpuUsage();
  const { signal } = new AbortController();
  const begin = clock.now() + 50;
  await pace({ clock, begin, offsets, signal }, (index, deadline) => {
    lags[index] = clock.now() - deadline;
  });
  const { user, system } = process.cpuUsage(cpu);
  lags.sort();
  const at = (p: number): number => lags[Math.floor(p * (lags.length - 1))] ?? NaN;
  return { p50: at(0.5), p99: at(0.99), cpu: (user + system) / 1000 / (duration + 50) };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

const origin = originNow();
const plain = systemClock(origin);
const pacing = startPacing(origin, 1, workerLoader());
const clocks = { timer: plain, "pacing thread": preciseClock(plain, pacing.board, 0) };
await measure(clocks["pacing thread"], 200, 0);

const rows: Record<string, string | number>[] = [];
for (const rate of RATES) {
  for (const [name, clock] of Object.entries(clocks)) {
    const runs: Measured[] = [];
    for (let seed = 1; seed <= REPEATS; seed += 1) runs.push(await measure(clock, rate, seed));
    const of = (key: keyof Measured): number => Number(median(runs.map((r) => r[key])).toFixed(3));
    rows.push({
      rate,
      pacer: name,
      lag_p50_ms: of("p50"),
      lag_p99_ms: of("p99"),
      best_p99_ms: Number(Math.min(...runs.map((r) => r.p99)).toFixed(3)),
      cpu: of("cpu"),
    });
  }
}
await pacing.stop();
if (process.argv.includes("--json")) console.log(JSON.stringify(rows));
else console.table(rows);
