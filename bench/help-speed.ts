/** What `--help` costs in CPU beside Node itself doing nothing: a command loads only what it needs. */
import { spawnSync } from "node:child_process";
import type { BenchTable } from "./table.ts";
import { median, PROGRAM } from "./world.ts";

const STARTS = 7;
const AIM = 300;

/** Prints the CPU time of its own process as it ends, µs. */
const TELL = `data:text/javascript,${encodeURIComponent(
  'process.on("exit", () => { const { user, system } = process.cpuUsage(); process.stderr.write(String(user + system)); });',
)}`;

const COMMANDS = ["run", "report", "compare", "capacity", "sweep", "doctor"];

export function helpSpeed(): Promise<BenchTable> {
  const nothing = cpuOf(["-e", "0"]);
  const rows = [[], ...COMMANDS.map((name) => [name])].map((words) => {
    const cpu = cpuOf([PROGRAM, ...words, "--help"]);
    return {
      what: ["plimsoll", ...words, "--help"].join(" "),
      "CPU, ms": Math.round(cpu),
      "of node -e 0": Number((cpu / nothing).toFixed(2)),
      "aim, ms": AIM,
    };
  });
  const notes = [`node -e 0: ${Math.round(nothing)} ms; medians of ${STARTS} starts`];
  return Promise.resolve({ title: "CPU of --help", rows, notes });
}

function cpuOf(args: readonly string[]): number {
  const once = (): number => {
    const { stderr } = spawnSync(process.execPath, ["--import", TELL, ...args], {
      encoding: "utf8",
    });
    return Number(/\d+$/.exec(stderr)?.[0] ?? NaN) / 1000;
  };
  return median(Array.from({ length: STARTS }, once));
}
