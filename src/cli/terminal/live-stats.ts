/** Running figures for the person who watches; what is reported later comes from the run file. */
import type { RunLine } from "../../core/records.ts";

/** Latencies shown are those of the latest requests, so that a change shows at once. */
const RECENT = 500;
/** Rates shown are means of the last so many ms. */
const RATE_WINDOW = 5000;

export interface LiveFigures {
  readonly done: number;
  readonly failed: number;
  readonly dropped: number;
  /** Iterations that were started, per second, over the last seconds. */
  readonly rate: number;
  readonly tokensPerSecond: number;
  /** ms: [p50, p95]; undefined before there is anything. */
  readonly ttft: readonly [number, number] | undefined;
  readonly itl: readonly [number, number] | undefined;
  /** Largest lateness of ours among the latest requests, ms. */
  readonly lag: number | undefined;
}

export class LiveStats {
  #done = 0;
  #failed = 0;
  #dropped = 0;
  #ttft: number[] = [];
  #itl: number[] = [];
  #lag: number[] = [];
  #ended = 0;
  /** Iterations started until then, seen whenever figures were asked for. */
  #started: { readonly at: number; readonly count: number }[] = [];
  #tokens: { readonly at: number; readonly count: number }[] = [];

  /** The first start may be at this moment of the run's clock, ms. */
  begin(at: number): void {
    this.#started = [{ at, count: 0 }];
  }

  take(lines: readonly RunLine[]): void {
    for (const line of lines) {
      if (line.type === "iteration") {
        if (line.outcome === "dropped") this.#dropped += 1;
        else this.#ended += 1;
      } else if (line.type === "request") this.#request(line);
    }
  }

  #request(line: Extract<RunLine, { type: "request" }>): void {
    this.#done += 1;
    if (!line.outcome.ok) this.#failed += 1;
    if (line.scheduled !== undefined) keep(this.#lag, line.sent - line.scheduled);
    if (line.firstContent !== undefined) keep(this.#ttft, line.firstContent - line.sent);
    for (const gap of line.contentGapsUs?.slice(1) ?? []) keep(this.#itl, gap / 1000);
    if (line.output !== undefined) this.#tokens.push({ at: line.ended, count: line.output.count });
  }

  /**
   * @param now ms on the run's clock
   * @param active iterations under way: where a queue grows, hardly one that was started has ended
   */
  figures(now: number, active: number): LiveFigures {
    const since = now - RATE_WINDOW;
    this.#tokens = this.#tokens.filter(({ at }) => at >= since);
    const tokens = this.#tokens.reduce((sum, { count }) => sum + count, 0);
    return {
      done: this.#done,
      failed: this.#failed,
      dropped: this.#dropped,
      rate: this.#startRate({ at: now, count: this.#ended + active }),
      tokensPerSecond: (tokens / RATE_WINDOW) * 1000,
      ttft: middleAndTail(this.#ttft),
      itl: middleAndTail(this.#itl),
      lag: this.#lag.length > 0 ? Math.max(...this.#lag) : undefined,
    };
  }

  #startRate(latest: { readonly at: number; readonly count: number }): number {
    // The last one before the window stays: from there to now is the window's whole length.
    const before = this.#started.findLastIndex(({ at }) => at <= latest.at - RATE_WINDOW);
    this.#started = this.#started.slice(Math.max(0, before));
    this.#started.push(latest);
    const [first] = this.#started;
    const elapsed = latest.at - (first?.at ?? latest.at);
    return elapsed <= 0 ? 0 : (1000 * (latest.count - (first?.count ?? 0))) / elapsed;
  }
}

function keep(values: number[], value: number): void {
  values.push(value);
  if (values.length > 2 * RECENT) values.splice(0, RECENT);
}

function middleAndTail(values: readonly number[]): readonly [number, number] | undefined {
  const sorted = values.slice(-RECENT).sort((a, b) => a - b);
  const at = (share: number): number | undefined =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const middle = at(0.5);
  const tail = at(0.95);
  return middle === undefined || tail === undefined ? undefined : [middle, tail];
}
