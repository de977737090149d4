/** The sweep itself: cells one after the other in random order, each kept as soon as it is measured. */
import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { PlimsollError } from "../../core/errors.ts";
import type { TargetIdentity } from "../../core/records.ts";
import { present } from "../../core/present.ts";
import { cellRunOf, type CellRun } from "../../judge/sweep/cell-run.ts";
import { settingText, visitsOf, type Visit } from "../../judge/sweep/grid.ts";
import { sweepOutcome, type SweepDocument, type SweepEnd } from "../../judge/sweep/sweep.ts";
import type { Summary } from "../../judge/summary.ts";
import type { RunningTarget } from "../../target/spec.ts";
import type { Conclude } from "../conclusion.ts";
import { measure, writtenOrThrow } from "../run/measure.ts";
import type { RunRequest } from "../run/run-request.ts";
import type { Progress } from "../run/progress.ts";
import { saltedFor } from "../run/salt.ts";
import { attachedTo, startShared } from "../run/shared-target.ts";
import type { Runtime } from "../runtime.ts";
import type { CellRequest } from "./cell-request.ts";

export interface SweepSession {
  readonly cells: readonly CellRequest[];
  readonly runtime: Runtime;
  readonly conclude: Conclude;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Its 0 is where this session began. */
  readonly clock: Clock;
  /** No run begins that would end later, ms; absent for no limit. */
  readonly mostTime?: number;
  /** Of the sweep; the runs of the cells are in its folder `cells`. */
  readonly directory: string;
  /** Called after every run. */
  readonly keep: (document: SweepDocument) => Promise<void>;
}

/**
 * @param begun one that is gone on with, or a new one without runs
 * @throws usage error when the scenario's function throws, or a run is refused: what was measured
 *   until then is kept
 */
export async function measureSweep(
  session: SweepSession,
  begun: SweepDocument,
): Promise<SweepDocument> {
  const { keep } = session;
  const budget = new Budget(session);
  const servers = new Servers(session, begun);
  let document = begun;
  try {
    for (const visit of leftOf(begun)) {
      const stop = budget.stopNow();
      const measured: Measured =
        stop === undefined ? await measureVisit(session, document, { visit, servers }) : { stop };
      document =
        "run" in measured ? withRun(document, visit, measured) : ended(document, measured.stop);
      if (isHopeless(document)) document = ended(document, "target_failed");
      await keep(document);
      if (document.outcome.end === "target_failed") break;
      if ("run" in measured) continue;
      if (measured.stop === "open" && measured.problem !== undefined) throw measured.problem;
      break;
    }
    return document;
  } finally {
    await servers.stop();
  }
}

/** Whether there is time for one more run as long as the longest so far. */
class Budget {
  readonly #session: SweepSession;
  #longest = 0;
  #asked: number | undefined;

  constructor(session: SweepSession) {
    this.#session = session;
  }

  /** Asked before every run; undefined to go on. */
  stopNow(): SweepEnd | undefined {
    const { clock, mostTime = Infinity, signal } = this.#session;
    if (signal.aborted) return "interrupted";
    const now = clock.now();
    if (this.#asked !== undefined) this.#longest = Math.max(this.#longest, now - this.#asked);
    this.#asked = now;
    return now + this.#longest > mostTime ? "budget" : undefined;
  }
}

/** What is not measured yet, in the order that the seed gives. */
export function leftOf({ cells, repeats, orderSeed }: SweepDocument): readonly Visit[] {
  return visitsOf(cells.length, repeats, orderSeed).filter(
    ({ cell, repeat }) => !(cells[cell]?.runs ?? []).some((run) => run.repeat === repeat),
  );
}

/** Either a run that counts, or why the sweep does not go on; then the run does not count. */
type Measured =
  | { readonly run: CellRun; readonly target?: TargetIdentity }
  | { readonly stop: SweepEnd; readonly problem?: PlimsollError };

interface Next {
  readonly visit: Visit;
  readonly servers: Servers;
}

async function measureVisit(
  session: SweepSession,
  document: SweepDocument,
  { visit, servers }: Next,
): Promise<Measured> {
  const { cells, runtime, conclude, progress, signal, directory } = session;
  const cell = cells[visit.cell];
  if (cell === undefined) throw new Error(`the sweep has no cell ${visit.cell}`);
  progress.tell(visitText(document, visit));
  const request = await servers.requestFor(cell.request, visit).catch((thrown: unknown) => {
    if (signal.aborted) return undefined;
    throw thrown;
  });
  if (request === undefined) return { stop: "interrupted" };
  const repeat = repeatOf(document, visit, cell.request.group);
  const ran = await measure(
    { ...request, ...repeat, out: join(directory, "cells") },
    runtime,
    progress,
    // Of its own: listeners must not pile up over many cells.
    AbortSignal.any([signal]),
  );
  writtenOrThrow(ran);
  const { summary } = await conclude(ran.directory);
  const stop = stopAfter(summary, servers, ran.problem);
  if (stop !== undefined) return stop;
  const run = diedOr(servers, cellRunOf(summary, visit.repeat, document.limits.share));
  progress.tell(resultText(run));
  return { run, ...present({ target: summary.target }) };
}

/** A server of ours that fails is a result; one at the other end that is gone ends the sweep. */
function stopAfter(
  { verdict, failures }: Summary,
  { remote }: Servers,
  problem: PlimsollError | undefined,
): Measured | undefined {
  if (verdict.status === "interrupted") return { stop: "interrupted" };
  if (verdict.status === "script_failed") return { stop: "open", ...present({ problem }) };
  const [kind] = failures.kinds;
  const unreachable = kind?.kind.startsWith("connect_") === true && kind.share > 0.5;
  const gone = verdict.status === "target_failed" || unreachable;
  return remote && gone ? { stop: "target_failed", ...present({ problem }) } : undefined;
}

/** A run that only attached to our server does not know that the server died. */
function diedOr(servers: Servers, run: CellRun): CellRun {
  const why = servers.death();
  return why === undefined ? run : { ...run, status: "target_failed", held: false, why };
}

function withRun(
  document: SweepDocument,
  { cell: at }: Visit,
  { run, target = document.target }: Extract<Measured, { run: CellRun }>,
): SweepDocument {
  const cells = document.cells.map((cell, place) =>
    place === at ? { ...cell, runs: [...cell.runs, run] } : cell,
  );
  return ended({ ...document, cells, ...present({ target: document.target ?? target }) }, "open");
}

/** Cells that had no working server, from the first on, before it is given up. */
const MOST_FAILED = 3;

function isHopeless({ cells }: SweepDocument): boolean {
  const runs = cells.flatMap((cell) => cell.runs);
  return runs.length >= MOST_FAILED && runs.every(({ status }) => status === "target_failed");
}

function ended(document: SweepDocument, end: SweepEnd): SweepDocument {
  return { ...document, outcome: sweepOutcome(document, end) };
}

function repeatOf(
  { repeats }: SweepDocument,
  { repeat }: Visit,
  group: string,
): Pick<RunRequest, "repeat"> {
  return repeats > 1 ? { repeat: { index: repeat + 1, of: repeats, group } } : {};
}

function visitText(document: SweepDocument, visit: Visit): string {
  const { cells, repeats } = document;
  const total = cells.length * repeats;
  const done = total - leftOf(document).length;
  const round = repeats > 1 ? `, repeat ${visit.repeat + 1} of ${repeats}` : "";
  const setting = settingText(cells[visit.cell]?.setting ?? {});
  return `cell ${done + 1} of ${total}${round}: ${setting}`;
}

function resultText({ held, status, validity, why = "" }: CellRun): string {
  if (held) return validity === "suspect" ? "  holds (suspect)" : "  holds";
  return status === "invalid" ? `  INVALID: ${why}` : `  does not hold: ${why}`;
}

/**
 * The servers of the cells. Where a server flag varies, every cell starts its own, so that no cell
 * inherits what the one before left behind. Where only the load varies, one server is started and
 * all cells attach to it; then every run has prompts of its own words, for the server may have kept
 * those of the run before.
 */
class Servers {
  readonly #session: SweepSession;
  readonly #restarts: boolean;
  #shared: RunningTarget | undefined;
  #death: string | undefined;

  constructor(session: SweepSession, { restarts = false }: SweepDocument) {
    this.#session = session;
    this.#restarts = restarts;
  }

  get remote(): boolean {
    return this.#session.cells[0]?.request.target.spec.kind === "remote";
  }

  async requestFor(request: RunRequest, { cell, repeat }: Visit): Promise<RunRequest> {
    if (this.#restarts) return request;
    const fresh = saltedFor(request, `${cell}.${repeat}`);
    if (this.remote) return fresh;
    return { ...fresh, target: attachedTo(request, await this.#running(request)) };
  }

  async #running(request: RunRequest): Promise<RunningTarget> {
    if (this.#shared !== undefined) return this.#shared;
    const { runtime, directory, signal, progress } = this.#session;
    const started = await startShared(request, {
      runtime,
      logFile: join(directory, "server.log"),
      signal,
      say: (text) => {
        progress.say(text);
      },
    });
    this.#shared = started;
    this.#death = undefined;
    // The next cell starts another one.
    void started.exited.then(({ message }) => {
      this.#shared = undefined;
      this.#death = message;
    });
    return started;
  }

  /** How the server that all cells attach to ended, if it did since the last one was started. */
  death(): string | undefined {
    return this.#death;
  }

  async stop(): Promise<void> {
    await this.#shared?.stop();
  }
}
