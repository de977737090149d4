/**
 * Watches over one source: reads it when it is due, never twice at once; gives up waiting for a
 * read that hangs; leaves out what only repeats the reading before; and reads it less often when
 * reading it costs too much.
 */
import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import type { RunLine } from "../core/records.ts";
import type { SourceLine } from "../core/telemetry-lines.ts";
import { formatMillis } from "../core/units.ts";
import { AccountCollector } from "./account.ts";
import { ImpossibleValues } from "./impossible-values.ts";
import { isPossible } from "./possible.ts";
import { Schedule } from "./schedule.ts";
import type { Reading, Source, Tier } from "./source.ts";

export interface WatchSetting {
  readonly clock: Clock;
  /** How long this thread has worked, ms; only differences are used. */
  readonly worked: () => number;
  readonly intervals: Readonly<Record<Tier, number>>;
  /** How long a read is waited for, ms. */
  readonly patience: number;
  /** @param atEdge it was read because a phase began or ended, or because somebody asked */
  readonly onReading: (reading: Reading, atEdge: boolean) => void;
  readonly onLine: (line: RunLine) => void;
}

const HANGS = Symbol("hangs");

/** What is known of one labelled stream of readings. */
interface Stream {
  stamp?: number;
  epoch?: string;
  stale: number;
}

export class Watch {
  readonly #source: Source;
  readonly #setting: WatchSetting;
  readonly #schedule: Schedule;
  readonly #account: AccountCollector;
  readonly #streams = new Map<string, Stream>();
  readonly #impossible = new ImpossibleValues();
  readonly #stopped = new AbortController();
  /** Ends the sleep of the loop, when there is something to do before its time. */
  #nap = new AbortController();
  #asked: (() => void)[] = [];

  constructor(source: Source, setting: WatchSetting) {
    const { clock, intervals } = setting;
    this.#source = source;
    this.#setting = setting;
    this.#schedule = new Schedule(source.tiers, intervals, clock.now());
    this.#account = new AccountCollector(clock.now());
    void this.#run();
  }

  addEdges(moments: readonly number[]): void {
    this.#schedule.addEdges(moments);
    this.#nap.abort();
  }

  /** Reads all of it now; resolves when that is done. A read that hangs keeps it waiting. */
  readNow(): Promise<void> {
    if (this.#stopped.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#asked.push(resolve);
      this.addEdges([this.#setting.clock.now()]);
    });
  }

  /** Ends the reading; a read under way is not waited for. */
  stop(): void {
    this.#stopped.abort();
    this.#nap.abort();
    for (const answer of this.#asked.splice(0)) answer();
  }

  /** The source's lines with its account, one a stream. */
  accounts(): readonly SourceLine[] {
    const { clock, intervals } = this.#setting;
    const at = clock.now();
    this.#account.addMissed(this.#schedule.take(at).missed);
    for (const { source, words } of this.#impossible.findings())
      this.#warn("impossible_readings", words, source);
    const interval = Math.min(...this.#source.tiers.map((tier) => intervals[tier]));
    return this.#source.facts.map(({ source, gives, counters, missing, device }) => ({
      type: "source",
      at,
      source,
      kind: this.#source.kind,
      available: true,
      gives,
      ...(counters && { counters }),
      missing,
      ...(device && { device }),
      interval,
      account: {
        ...this.#account.result(at, this.#streams.get(source)?.stale ?? 0),
        ...this.#impossible.of(source),
      },
    }));
  }

  async #run(): Promise<void> {
    const { clock } = this.#setting;
    while (!this.#stopped.signal.aborted) {
      this.#nap = new AbortController();
      const next = this.#schedule.next();
      if (next > clock.now()) {
        await clock.sleepUntil(next, this.#nap.signal);
        continue;
      }
      const asked = this.#asked.splice(0);
      const { tiers, missed, atEdge } = this.#schedule.take(clock.now());
      this.#account.addMissed(missed);
      for (const tier of tiers) await this.#read(tier, atEdge);
      for (const answer of asked) answer();
    }
  }

  async #read(tier: Tier, atEdge: boolean): Promise<void> {
    const { clock, worked } = this.#setting;
    const [begun, before] = [clock.now(), worked()];
    try {
      const result = this.#source.read(tier);
      const readings = result instanceof Promise ? await this.#wait(result) : result;
      for (const reading of readings ?? []) this.#take(reading, atEdge);
    } catch (error) {
      this.#account.addError(messageOf(error));
    }
    this.#account.addRead(clock.now() - begun, worked() - before);
    if (!this.#account.isDear(this.#schedule.intervalOf(tier))) return;
    const stretched = this.#schedule.stretch(tier);
    if (stretched !== undefined) this.#account.stretched(stretched);
  }

  /** Undefined when it took too long: what comes after that is thrown away. */
  async #wait(pending: Promise<readonly Reading[]>): Promise<readonly Reading[] | undefined> {
    const { clock, patience } = this.#setting;
    const over = new AbortController();
    const limit = clock.sleepUntil(clock.now() + patience, over.signal).then(() => HANGS);
    const first = await Promise.race([pending, limit]).finally(() => {
      over.abort();
    });
    if (typeof first !== "symbol") return first;
    this.#account.addError(`no answer within ${formatMillis(patience)}`);
    this.#warn("telemetry_hangs", `did not answer within ${formatMillis(patience)}`);
    // Until it comes back, if ever, it is not asked again.
    await Promise.race([pending.catch(() => undefined), aborted(this.#stopped.signal)]);
    return undefined;
  }

  #take(reading: Reading, atEdge: boolean): void {
    const stream = this.#streams.get(reading.source) ?? { stale: 0 };
    this.#streams.set(reading.source, stream);
    const { stamp, epoch } = reading;
    if (epoch !== undefined && stream.epoch !== undefined && epoch !== stream.epoch)
      this.#warn("source_restarted", "was restarted: its counters began anew", reading.source);
    if (epoch !== undefined) stream.epoch = epoch;
    if (stamp !== undefined && stamp === stream.stamp) {
      stream.stale += 1;
      return;
    }
    if (stamp !== undefined) stream.stamp = stamp;
    this.#setting.onReading({ ...reading, values: this.#possible(reading) }, atEdge);
  }

  /** Without the values that cannot be, which are counted. */
  #possible({ source, values }: Reading): Reading["values"] {
    const wrong = Object.entries(values).filter(
      ([name, value]) => value !== undefined && Number.isFinite(value) && !isPossible(name, value),
    );
    if (wrong.length === 0) return values;
    for (const [name, value] of wrong) this.#impossible.add(source, name, value);
    const names = new Set(wrong.map(([name]) => name));
    return Object.fromEntries(Object.entries(values).filter(([name]) => !names.has(name)));
  }

  #warn(code: string, what: string, source?: string): void {
    const name = source ?? this.#source.facts[0]?.source ?? this.#source.kind;
    const at = this.#setting.clock.now();
    this.#setting.onLine({ type: "warning", at, code, message: `telemetry: ${name} ${what}` });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        "abort",
        () => {
          resolve();
        },
        { once: true },
      );
  });
}
