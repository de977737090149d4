/**
 * What a person sees while a run goes on, on stderr: one line that changes on a terminal, a line
 * every few seconds elsewhere, nothing when quiet.
 */
import type { PhaseMark, RunLine } from "../../core/records.ts";
import { formatMillis, significant } from "../../core/units.ts";
import type { VuCounts } from "../../load/worker-pool.ts";
import type { Progress, WatchedTraffic } from "../../session/run/progress.ts";
import type { Output } from "../world.ts";
import { LiveStats, type LiveFigures } from "./live-stats.ts";

const TERMINAL_INTERVAL = 250;
const LOG_INTERVAL = 5000;

export function openProgress(output: Output, quiet: boolean): Progress {
  if (quiet) {
    const nothing = { traffic: ignore, lines: ignore, end: ignore };
    return { shown: false, begin: ignore, say: ignore, tell: ignore, ...nothing };
  }
  return new VisibleProgress(output);
}

function ignore(): void {
  // Quiet: nothing is shown.
}

class VisibleProgress implements Progress {
  readonly shown = true;
  readonly #output: Output;
  #stats = new LiveStats();
  #timer: NodeJS.Timeout | undefined;
  #lineShown = false;
  #last = "";

  constructor(output: Output) {
    this.#output = output;
  }

  begin(run: string): void {
    // A run after another one: nothing of that one is this one's.
    this.#stats = new LiveStats();
    this.#print(`run ${run}`);
  }

  say(text: string): void {
    if (text === this.#last) return;
    this.#last = text;
    if (this.#output.isTerminal) this.#redraw(text);
    else this.#print(text);
  }

  tell(text: string): void {
    this.#print(text);
  }

  traffic(traffic: WatchedTraffic): void {
    this.#stats.begin(Math.min(...traffic.marks.map(({ start }) => start)));
    const show = (): void => {
      const text = statusLine(traffic, this.#stats);
      if (this.#output.isTerminal) this.#redraw(text);
      else this.#print(text);
    };
    const interval = this.#output.isTerminal ? TERMINAL_INTERVAL : LOG_INTERVAL;
    this.#timer = setInterval(show, interval);
  }

  lines(lines: readonly RunLine[]): void {
    this.#stats.take(lines);
  }

  end(): void {
    clearInterval(this.#timer);
    if (this.#lineShown) this.#output.write("\r\u001b[K");
    this.#lineShown = false;
  }

  #redraw(text: string): void {
    this.#output.write(`\r\u001b[K${text.slice(0, this.#output.columns - 1)}`);
    this.#lineShown = true;
  }

  #print(text: string): void {
    if (this.#lineShown) this.#output.write("\r\u001b[K");
    this.#lineShown = false;
    this.#output.write(`${text}\n`);
  }
}

function statusLine({ marks, clock, vus, failing }: WatchedTraffic, stats: LiveStats): string {
  const now = clock.now();
  const start = Math.min(...marks.map((mark) => mark.start));
  const end = Math.max(...marks.map((mark) => mark.end));
  const current = marks.filter((mark) => mark.start <= now && now < mark.end);
  const phase = now >= end ? "drain" : (current.map(({ name }) => name)[0] ?? "waiting");
  const target = current.reduce((sum, mark) => sum + (rateAt(mark, now) ?? 0), 0);
  const elapsed = `${seconds(now - start)}/${seconds(end - start)}`;
  const figures = figuresOf(stats.figures(now, vus().active), target, vus());
  const failed = failing();
  return [
    `${phase} ${elapsed}`,
    ...(failed.length > 0 ? [`FAILING ${failed.join(", ")}`] : []),
    ...figures,
  ].join(" | ");
}

function figuresOf(live: LiveFigures, target: number, vus: VuCounts): readonly string[] {
  const rate = target > 0 ? `${significant(live.rate, 3)} of ${significant(target, 3)}/s` : "";
  const counts = [
    `${vus.active} in flight`,
    `${live.done} done`,
    live.failed > 0 ? `${live.failed} FAILED` : "",
    live.dropped > 0 ? `${live.dropped} DROPPED` : "",
  ].filter((text) => text !== "");
  return [
    rate,
    counts.join(", "),
    live.ttft === undefined ? "" : `TTFT ${pair(live.ttft)}`,
    live.itl === undefined ? "" : `ITL ${pair(live.itl)}`,
    live.tokensPerSecond > 0 ? `${significant(live.tokensPerSecond, 3)} tok/s` : "",
    live.lag === undefined ? "" : `lag ${formatMillis(live.lag)}`,
  ].filter((text) => text !== "");
}

/** Median and 95th percentile. */
function pair([middle, tail]: readonly [number, number]): string {
  return `${formatMillis(middle)} (p95 ${formatMillis(tail)})`;
}

function rateAt({ targetRate, start, end }: PhaseMark, now: number): number | undefined {
  if (targetRate === undefined || end <= start) return undefined;
  const [from, to] = targetRate;
  return from + ((to - from) * (now - start)) / (end - start);
}

function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(0)}s`;
}
