/**
 * Arrival schedules of the open loop: when each iteration is due. Pure functions of the plan and
 * the seed, the same in every thread and on every machine; never moved by what happens in the run.
 */
import { usageError } from "../../core/errors.ts";
import { randomStream, type Random } from "../../core/random.ts";
import type { ArrivalPlan, ArrivalProcess, TracePlan } from "../../scenario/plan.ts";
import { gammaVariate } from "./gamma.ts";
import { rateSpans, timeOfArea, type RateSpan } from "./rate.ts";

/** A schedule is held in memory, 8 bytes a start; beyond this a plan is taken for a mistake. */
const MOST_STARTS = 50_000_000;

/**
 * All starts, ms from the scenario's start, ascending; start k belongs to iteration k.
 *
 * The rate is integrated over all segments without a break; iteration k starts where the integral
 * reaches a_k. `constant` is k6's closed form: a_k = k for `constant-arrival-rate` (the first start
 * at 0, none at the very end), a_k = k + 1 for `ramping-arrival-rate` (the first start at area 1,
 * the last one at the end at the latest). `poisson` is the non-homogeneous Poisson process (time
 * change; Çinlar 1975, ch. 4.7) on condition that every segment gets the number of starts that its
 * rate promises: given their number, the points of a Poisson process are independent and uniform in
 * area, so gaps are as random as ever, but a short run is not 20 % below its rate by bad luck.
 * `gamma` sums gamma gaps of shape `burstiness` and mean 1: vLLM's convention (coefficient of
 * variation 1/√burstiness); its count varies.
 *
 * @param keys the seed and what makes this schedule differ from others of the run (scenario name)
 * @throws usage error when the plan admits more starts than can be held (50 million)
 */
export function schedule(
  plan: ArrivalPlan | TracePlan,
  ...keys: readonly (string | number)[]
): Float64Array {
  if (plan.executor === "trace") {
    return Float64Array.from(plan.starts.filter((start) => start <= plan.duration));
  }
  const spans = rateSpans(plan.segments);
  const total = spans.at(-1)?.areaAfter ?? 0;
  refuseTooMany(total);
  const endBelongs = plan.executor === "ramping-arrival-rate";
  const nextArea = areas(plan.arrival, { first: endBelongs ? 1 : 0, spans, keys });
  const starts = new GrowingArray(total);
  let area = nextArea();
  for (const span of spans) {
    while (endBelongs ? area <= span.areaAfter : area < span.areaAfter) {
      starts.push(timeOfArea(span, area));
      area = nextArea();
    }
  }
  return starts.take();
}

/** The starts of shard `index` of `of`: those of the iterations k with k mod `of` = `index`. */
export function shardOf(starts: Float64Array, index: number, of: number): Float64Array {
  const count = Math.max(0, Math.ceil((starts.length - index) / of));
  return Float64Array.from({ length: count }, (_, i) => starts[index + i * of] ?? NaN);
}

function refuseTooMany(total: number): void {
  if (total <= MOST_STARTS) return;
  throw usageError(
    `the scenario's rate and duration make ${Math.round(total)} iterations, more than a schedule can hold (${MOST_STARTS})`,
    "lower the rate or the duration",
  );
}

interface ScheduleFacts {
  /** Area of the first start of constant arrivals. */
  readonly first: number;
  readonly spans: readonly RateSpan[];
  readonly keys: readonly (string | number)[];
}

/** The integral's value at each start, ascending; infinite when there are no more. */
function areas(arrival: ArrivalProcess, { first, spans, keys }: ScheduleFacts): () => number {
  if (arrival.kind === "constant") {
    let next = first - 1;
    // Counted, not summed: no drift.
    return () => (next += 1);
  }
  const random = randomStream("arrivals", ...keys);
  if (arrival.kind === "gamma") {
    let area = 0;
    return () => (area += gammaVariate(random, arrival.burstiness) / arrival.burstiness);
  }
  const points = spans.map((span) => uniformPoints(span, random));
  let [span, at] = [0, 0];
  return () => {
    while (at === points[span]?.length) [span, at] = [span + 1, 0];
    return points[span]?.[at++] ?? Infinity;
  };
}

/** As many points as the rate promises, each anywhere in the segment's area; ascending. */
function uniformPoints({ areaBefore, areaAfter }: RateSpan, random: Random): Float64Array {
  // Rounded on the running total, so that many small segments lose nothing.
  const count = Math.round(areaAfter) - Math.round(areaBefore);
  const size = areaAfter - areaBefore;
  return Float64Array.from({ length: count }, () => areaBefore + size * random.next()).sort();
}

/** Float64s of which only the expected number is known. */
class GrowingArray {
  #values: Float64Array;
  #length = 0;

  constructor(expected: number) {
    this.#values = new Float64Array(Math.ceil(expected + 6 * Math.sqrt(expected) + 16));
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  take(): Float64Array {
    return this.#values.slice(0, this.#length);
  }
}
