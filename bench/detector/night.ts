/**
 * The documented night, run for real through the command line: `run steady --repeat 8`, `baseline save
 * main latest --repeats`, then `run steady --repeat 8 --baseline main` against a server that is the
 * same or worse by a known amount, and the exit code that a CI job would see. Nights are made of
 * sessions that were measured once each: every accepted session is compared with every later one.
 */
import { mkdirSync } from "node:fs";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { originNow } from "../../src/core/clock.ts";
import { exitCodes } from "../../src/core/errors.ts";
import { cachedModel } from "../../src/reference-server/model/cache.ts";
import { startScripted } from "../../src/reference-server/scripted/start-scripted.ts";
import { openReference } from "../reference-server.ts";
import { scratchFolder } from "../scratch.ts";
import type { BenchRow, BenchTable } from "../table.ts";
import { benchWorld, PROGRAM } from "../world.ts";
import { startSlowProxy, type Harm } from "./slow-proxy.ts";
import { shown, tally } from "./tally.ts";

export interface NightOptions {
  /** `embedded` or `scripted`. */
  readonly server: string;
  /** Runs of a session, and their length, s. */
  readonly repeats: number;
  readonly seconds: number;
  /** Sessions without a change, at least 2; and with each change. */
  readonly same: number;
  readonly changed: number;
  /** Sessions measured at once; more than 1 only where nothing else shares the cores with them. */
  readonly lanes: number;
}

interface Change {
  readonly name: string;
  readonly harm: Harm;
}

const SIZES = [1.1, 1.2, 1.5, 2.5] as const;
const percent = (size: number): string => `+${Math.round((size - 1) * 100)} %`;

const CHANGES: readonly Change[] = [
  ...SIZES.map((size) => ({ name: `TTFT ${percent(size)}`, harm: { ttft: size } })),
  ...SIZES.map((size) => ({ name: `token times ${percent(size)}`, harm: { itl: size } })),
  ...[50, 20, 10, 5].map((every) => ({
    name: `failures +${100 / every} pp`,
    harm: { failEvery: every },
  })),
  ...SIZES.map((size) => ({
    name: `everything ${percent(size)}`,
    harm: { ttft: size, itl: size },
  })),
];

/** How a scripted server's answers vary: runs by 3 %, requests by 20 % and like their neighbours. */
const NOISE = { run: 0.03, request: 0.2, phi: 0.5 };

interface Session {
  readonly change: string;
  /** Folder of its run directories. */
  readonly folder: string;
}

export async function nightTable(options: NightOptions): Promise<BenchTable> {
  const folder = scratchFolder("night");
  const server = await open(options.server);
  const wanted = [
    ...Array.from({ length: options.same }, () => ({ name: "none", harm: {} })),
    ...CHANGES.flatMap((change) => Array.from({ length: options.changed }, () => change)),
  ];
  try {
    const sessions = await record(wanted, { options, folder, upstream: server.baseUrl });
    const rows: BenchRow[] = [];
    const accepted = sessions.filter(({ change }) => change === "none");
    for (const name of new Set(wanted.map((one) => one.name)))
      rows.push(await rowOf(name, accepted, sessions, folder));
    return { title: titleOf(options), rows, notes: NOTES };
  } finally {
    await server.stop();
  }
}

const NOTES = [
  "exit codes of `plimsoll compare`, which judges as `run --baseline` does: 0 not worse, 1 regression, 3 cannot tell, 5 the machine interfered",
  "aims: without a change 1 in at most 1 % of nights; +50 % never 0; +20 % 1 in at least 90 % and 0 in at most 1 %",
];

function titleOf({ server, repeats, seconds }: NightOptions): string {
  return `The documented night on the ${server} server: ${repeats} runs of ${seconds} s on each side`;
}

async function open(server: string): Promise<{ baseUrl: string; stop(): Promise<void> }> {
  if (server === "embedded") {
    const model = await cachedModel("synth:tiny", join(tmpdir(), "plimsoll-bench-models"));
    return openReference("embedded", model, 4);
  }
  const { node, nodeArgs: args } = benchWorld();
  const defaults = { ttft: 60, itl: 6 };
  const scripted = await startScripted(originNow(), { node, args, defaults });
  return { baseUrl: scripted.url, stop: () => scripted.stop() };
}

interface Recording {
  readonly options: NightOptions;
  readonly folder: string;
  readonly upstream: string;
}

/** Lane by lane, each behind a proxy of its own. */
async function record(wanted: readonly Change[], to: Recording): Promise<readonly Session[]> {
  const left = wanted.map((change, at) => ({ ...change, at }));
  const sessions: Session[] = [];
  const lane = async (): Promise<void> => {
    const proxy = await startSlowProxy(to.upstream);
    for (let one = left.shift(); one !== undefined; one = left.shift()) {
      const folder = join(to.folder, `session-${one.at}`);
      mkdirSync(folder);
      const noise = to.options.server === "scripted" ? { noise: NOISE, seed: one.at } : {};
      proxy.harm({ ...one.harm, ...noise });
      await plimsoll(runWords(to.options, proxy.url, folder));
      console.error(`${one.name}: session ${one.at + 1} of ${wanted.length}`);
      sessions.push({ change: one.name, folder });
    }
    proxy.stop();
  };
  await Promise.all(Array.from({ length: to.options.lanes }, lane));
  return sessions;
}

function runWords({ server, repeats, seconds }: NightOptions, url: string, out: string): string[] {
  return [
    ...["run", "steady", "--target", url, "--repeat", String(repeats)],
    ...["--duration", `${seconds}s`, "--out", out, "--quiet"],
    // Lanes share the machine on purpose; the scripted server has nothing to sample.
    ...(server === "scripted" ? ["--no-telemetry"] : []),
  ];
}

async function rowOf(
  change: string,
  accepted: readonly Session[],
  sessions: readonly Session[],
  folder: string,
): Promise<BenchRow> {
  const counts = new Map<number, ReturnType<typeof tally>>(SHOWN.map((code) => [code, tally()]));
  for (const before of accepted)
    for (const later of sessions.filter((one) => one.change === change && one !== before)) {
      const code = await judge(before, later, folder);
      for (const [shownCode, into] of counts) into.add(code === shownCode);
    }
  const cells = [...counts].map(([code, seen]) => [`exit ${code}`, shown(seen)] as const);
  return { change, nights: counts.get(0)?.count ?? 0, ...Object.fromEntries(cells) };
}

const SHOWN = [exitCodes.passed, exitCodes.failed, exitCodes.inconclusive, exitCodes.invalid];

/** Thresholds are not what is asked here: a scenario that fails by them says nothing of the detector. */
async function judge(before: Session, later: Session, folder: string): Promise<number> {
  const baselines = ["--baselines", join(folder, "baselines")];
  const of = (session: Session): string[] => ["latest", "--repeats", "--out", session.folder];
  await plimsoll(["baseline", "save", "main", ...of(before), ...baselines, "--anchor"]);
  const compare = ["compare", ...of(later), "--baseline", "main", ...baselines];
  return plimsoll([...compare, "--fail-on", "regression"]);
}

/** @returns its exit code */
function plimsoll(words: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [PROGRAM, ...words], { stdio: "ignore" });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      resolve(code ?? NaN);
    });
  });
}
