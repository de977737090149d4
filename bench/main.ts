/**
 * `npm run bench [-- NAME... --json]`: measures Plimsoll itself. It reports; it never fails a build.
 */
import type { BenchTable } from "./table.ts";

const benches: Readonly<Record<string, () => Promise<() => Promise<BenchTable>>>> = {
  "start-up": async () => (await import("./start-up.ts")).startUp,
  "help-speed": async () => (await import("./help-speed.ts")).helpSpeed,
  "token-rate": async () => (await import("./token-rate.ts")).tokenRate,
  "token-rate-smollm2": async () => (await import("./token-rate.ts")).tokenRateSmall,
  "client-cpu": async () => (await import("./client-cpu.ts")).clientCpu,
  "adapter-cpu": async () => (await import("./adapter-cpu.ts")).adapterCpu,
  "timing-error": async () => (await import("./timing-error.ts")).timingError,
  "dispatch-lag": async () => (await import("./dispatch-lag.ts")).dispatchLag,
  omission: async () => (await import("./omission.ts")).omission,
  sampling: async () => (await import("./sampling.ts")).sampling,
  "gpu-sampling": async () => (await import("./gpu-sampling.ts")).gpuSampling,
  capacity: async () => (await import("./capacity.ts")).capacity,
  memory: async () => (await import("./memory.ts")).memory,
  "compare-speed": async () => (await import("./compare-speed.ts")).compareSpeed,
  "report-speed": async () => (await import("./report-speed.ts")).reportSpeed,
};

/** Some minutes each: only when they are named. */
const long: typeof benches = {
  "capacity-sockets": async () => (await import("./capacity-sockets.ts")).capacitySockets,
};

const wanted = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const asJson = process.argv.includes("--json");
const names = wanted.length > 0 ? wanted : Object.keys(benches);
const tables: Record<string, BenchTable | { readonly failed: string }> = {};

for (const name of names) {
  const load = benches[name] ?? long[name];
  if (load === undefined) {
    console.error(
      `no benchmark "${name}"; there is ${Object.keys({ ...benches, ...long }).join(", ")}`,
    );
    continue;
  }
  try {
    const bench = await load();
    const table = await bench();
    tables[name] = table;
    if (!asJson) show(table);
  } catch (error) {
    const failed = error instanceof Error ? (error.stack ?? error.message) : String(error);
    tables[name] = { failed };
    console.error(`${name}: ${failed}`);
  }
}
if (asJson) console.log(JSON.stringify(tables, null, 2));

function show({ title, rows, notes = [] }: BenchTable): void {
  console.log(`\n${title}`);
  console.table(rows);
  for (const note of notes) console.log(note);
}
