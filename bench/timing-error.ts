/**
 * How wrong the measured TTFT and ITL are: every content event's measured arrival against the time
 * at which the scripted server sent it, on one I/O worker. Streams of 50 tokens/s, started apart;
 * each virtual user's first stream warms the code up, and its second one counts.
 */
import { originNow } from "../src/core/clock.ts";
import { runScripted } from "../src/session/calibrate/scripted-traffic.ts";
import { errorAt, timingErrors } from "../src/session/calibrate/timing-error.ts";
import { startScripted } from "../src/reference-server/scripted/start-scripted.ts";
import { judgeAim } from "./aims.ts";
import type { BenchRow, BenchTable } from "./table.ts";
import { benchWorld } from "./world.ts";

const LEVELS = [1000, 5000, 10_000, 20_000];
const ITL = 20;
const SECONDS = 4;
/** Most p99 of any of the errors, ms, at so many events/s. */
const AIMS = new Map([
  [10_000, 1],
  [20_000, 2],
]);

export async function timingError(): Promise<BenchTable> {
  const world = benchWorld();
  const origin = originNow();
  const server = await startScripted(origin, { node: world.node, args: world.nodeArgs });
  const rows: BenchRow[] = [];
  try {
    for (const level of LEVELS) {
      const vus = Math.round((level * ITL) / 1000);
      const observed = await runScripted(
        {
          origin,
          url: server.url,
          workers: 1,
          scenarios: { main: { executor: "per-vu-iterations", vus, iterations: 2 } },
          work: {
            scripts: [{ ttft: 200, itl: ITL, tokens: (SECONDS * 1000) / ITL }],
            stagger: ITL,
          },
        },
        world,
      );
      const truth = (await server.truth()).filter(({ id }) => Number(id) >= vus);
      const second = observed.requests.filter(({ iteration }) => iteration >= vus);
      const errors = timingErrors(second, truth);
      const { ttft } = errors;
      rows.push({
        "events/s": level,
        achieved: Math.round(errors.eventsPerSecond),
        "ttft error p50 ms": errorAt(ttft, 50),
        "ttft error p99 ms": errorAt(ttft, 99),
        "itl error p50 ms": errorAt(errors.itl, 50),
        "itl error p99 ms": errorAt(errors.itl, 99),
        "arrival error p99 ms": errorAt(errors.arrival, 99),
        "lost streams": errors.mismatched,
      });
    }
  } finally {
    await server.stop();
  }
  return {
    title: "Error of measured times against the scripted truth, one I/O worker, warm code",
    rows,
    notes: rows.flatMap(aimsOf),
  };
}

function aimsOf(row: BenchRow): string[] {
  const level = Number(row["events/s"]);
  const limit = AIMS.get(level);
  if (limit === undefined) return [];
  return ["ttft", "itl", "arrival"].map((name) => {
    const value = row[`${name} error p99 ms`];
    const what = `${level} events/s, ${name} error p99`;
    return judgeAim({ what, value: value as number | undefined, limit, unit: " ms" });
  });
}
