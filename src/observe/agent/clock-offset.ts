/**
 * How far another machine's clock is from ours, by asking it the time (as NTP does, RFC 5905 §8):
 * with t0, t3 our times of asking and of the answer, and t1, t2 its times of the same,
 *   offset = ((t1 - t0) + (t2 - t3)) / 2,   round trip = (t3 - t0) - (t2 - t1),
 * and the offset is wrong by half the round trip at most, whatever the ways there and back take.
 * So the quickest exchange is the one to believe. Clocks also drift apart (50 ppm are usual, 3 ms a
 * minute), which is why an old answer counts as less sure by the day.
 */
export interface Exchange {
  readonly asked: number;
  readonly received: number;
  readonly sent: number;
  readonly answered: number;
}

export interface Offset {
  /** Their time minus ours, ms. */
  readonly offset: number;
  /** The most it can be wrong by, ms. */
  readonly error: number;
}

/** How fast two machines' clocks may drift apart: twice the worst of ordinary quartz. */
const DRIFT = 200e-6;

export function offsetOf({ asked, received, sent, answered }: Exchange): Offset {
  const offset = (received - asked + (sent - answered)) / 2;
  const roundTrip = answered - asked - (sent - received);
  return { offset, error: Math.max(0, roundTrip) / 2 };
}

export class ClockOffset {
  #best: (Offset & { readonly at: number }) | undefined;

  /** Takes an exchange in; keeps the surer of what it knew, grown older, and this one. */
  add(exchange: Exchange): void {
    const fresh = { ...offsetOf(exchange), at: exchange.answered };
    const known = this.at(exchange.answered);
    if (known === undefined || fresh.error <= known.error) this.#best = fresh;
  }

  /** What is known at a moment of our clock; undefined before the first exchange. */
  at(now: number): Offset | undefined {
    if (this.#best === undefined) return undefined;
    const { offset, error, at } = this.#best;
    return { offset, error: error + Math.max(0, now - at) * DRIFT };
  }
}
