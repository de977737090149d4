/**
 * From what one server carries to what a service needs: replicas, utilization, money, energy. Plain
 * arithmetic; the interval of every figure is what the capacity's own interval makes of it, and
 * nothing else in it is uncertain on paper: growth, prices and the mix are taken as told.
 */
import { present } from "../../core/present.ts";

/** A figure with the interval that follows from the capacity's; without one, none was known. */
export interface Figure {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

export interface SizingNeeds {
  /** Of one replica: what was measured. Requests per second, or users at once. */
  readonly capacity: Figure;
  /** Today's, in the capacity's unit. */
  readonly peak: number;
  /** Of the peak until the horizon: 0.5 is half as much again. */
  readonly growth: number;
  /** Above the grown peak: 0.25 is a quarter more. */
  readonly margin: number;
  /** Replicas that may be lost at once with the grown peak and its margin still carried. */
  readonly lost: number;
}

export interface Sizing {
  /** The grown peak: what utilization is told of. */
  readonly expectedPeak: number;
  readonly required: number;
  /** Replicas that carry what is required, and with the spare ones. */
  readonly needed: Figure;
  readonly replicas: Figure;
  /** Of so many replicas as `replicas.value`, at the grown peak; 1 is their whole capacity. */
  readonly utilization: Figure;
  /** The same with the spare ones lost. */
  readonly utilizationLost: Figure;
}

/** expected = peak × (1 + growth); the growth is over the whole horizon, not a year. */
export function expectedPeak({ peak, growth }: SizingNeeds): number {
  return peak * (1 + growth);
}

/**
 * required = peak × (1 + growth) × (1 + margin): the margin stands on top of the grown peak, so
 * 10,000/s with 50 % growth and 25 % margin need 18,750/s (the usual rule of capacity planning:
 * J. Allspaw, The Art of Capacity Planning, 2008, "ceilings" and safety factors).
 */
export function requiredLoad(needs: SizingNeeds): number {
  return expectedPeak(needs) * (1 + needs.margin);
}

/**
 * N = ⌈required / capacity⌉, and N + k with k spares: with any k lost, N are left (Google, Site
 * Reliability Engineering, 2016, ch. 18 "N + 2"). A capacity at the low end of its interval needs
 * the more.
 */
export function replicasFor(required: number, capacity: Figure, spare = 0): Figure {
  const many = (one: number): number => Math.ceil(required / one - ROUNDING) + spare;
  return inverse(many, capacity);
}

/** 3 × 0.1 needs three replicas of 0.1, not four: what floating point adds is not a load. */
const ROUNDING = 1e-9;

/** load / (replicas × capacity): how much of what they carry is in use. */
export function utilizationOf(load: number, replicas: number, capacity: Figure): Figure {
  return inverse((one) => load / (replicas * one), capacity);
}

export function sizingOf(needs: SizingNeeds): Sizing {
  const { capacity, lost } = needs;
  const [peak, required] = [expectedPeak(needs), requiredLoad(needs)];
  const needed = replicasFor(required, capacity);
  const replicas = replicasFor(required, capacity, lost);
  return {
    expectedPeak: peak,
    required,
    needed,
    replicas,
    utilization: utilizationOf(peak, replicas.value, capacity),
    utilizationLost: utilizationOf(peak, needed.value, capacity),
  };
}

/**
 * Load of one replica at which another should be on its way: capacity / (1 + margin), so that the
 * margin is left while it starts; at the knee where that is lower, since beyond it waiting grows
 * faster than work done (Kleinrock 1979).
 */
export function scaleOutAt(capacity: Figure, margin: number, knee?: number): ScaleOut {
  const latest = direct((one) => one / (1 + margin), capacity);
  return knee === undefined || knee >= latest.value
    ? { by: "margin", load: latest, latest }
    : { by: "knee", load: { value: knee }, latest };
}

export interface ScaleOut {
  readonly by: "knee" | "margin";
  /** The knee is one of the levels that were measured: it has no interval of its own. */
  readonly load: Figure;
  readonly latest: Figure;
}

/**
 * Load of one of `replicas` below which one can go: the others must stay below the point at which
 * one would be added, or the two would take turns. scaleOut × (n − 1) / n.
 *
 * @returns undefined for the last replica
 */
export function scaleInBelow(scaleOut: number, replicas: number): number | undefined {
  return replicas < 2 ? undefined : (scaleOut * (replicas - 1)) / replicas;
}

export interface Prices {
  /** US dollars an hour of one GPU. */
  readonly gpuHourPrice?: number;
  readonly gpusPerReplica: number;
  /** US dollars a kWh. */
  readonly energyPrice?: number;
  /** Of a replica at load, W. */
  readonly power?: number;
  /** Power of the whole site over that of its machines, 1 or more. */
  readonly pue: number;
  /** Hours that the fleet stands in a month. */
  readonly hours: number;
}

/** The work that the fleet does, by which its cost is divided; what is not known is absent. */
export interface Work {
  /** Requests per second on average: the grown peak × the mean share of it. */
  readonly requestRate?: number;
  /** Tokens of a request. */
  readonly outputTokens?: number;
  readonly inputTokens?: number;
}

/** Of one resource: GPU hours, energy in kWh, energy in dollars. */
export interface Spending {
  readonly perMonth: Figure;
  readonly perRequest?: Figure;
  readonly perMillionOutputTokens?: Figure;
  /** Prompt and output tokens together. */
  readonly perMillionTokens?: Figure;
}

export interface Spendings {
  /** US dollars. */
  readonly gpus?: Spending;
  /** kWh, the site's share (PUE) among it. */
  readonly energy?: Spending;
  /** US dollars. */
  readonly energyCost?: Spending;
}

/** Of what has no price or no power nothing is said; energy and rent are not added up. */
export function spendingsOf(replicas: Figure, prices: Prices, work: Work): Spendings {
  const { gpuHourPrice, gpusPerReplica, energyPrice, power, pue } = prices;
  const spent = (perHour: number): Spending =>
    spendingOf(
      direct((n) => n * perHour, replicas),
      prices.hours,
      work,
    );
  const kilowatts = power === undefined ? undefined : (power * pue) / 1000;
  return present({
    gpus: gpuHourPrice === undefined ? undefined : spent(gpuHourPrice * gpusPerReplica),
    energy: kilowatts === undefined ? undefined : spent(kilowatts),
    energyCost:
      kilowatts === undefined || energyPrice === undefined
        ? undefined
        : spent(kilowatts * energyPrice),
  });
}

/**
 * What stands for an hour costs the same whatever it does: per request it is
 * perHour / (requests per second × 3600), per million tokens that / tokens of a request × 10⁶.
 */
function spendingOf(perHour: Figure, hours: number, work: Work): Spending {
  const { requestRate, outputTokens, inputTokens } = work;
  const per = (units: number | undefined, scale: number): Figure | undefined =>
    requestRate === undefined || units === undefined || requestRate * units === 0
      ? undefined
      : direct((one) => (one / (requestRate * 3600 * units)) * scale, perHour);
  const all =
    outputTokens === undefined || inputTokens === undefined
      ? undefined
      : outputTokens + inputTokens;
  return {
    perMonth: direct((one) => one * hours, perHour),
    ...present({
      perRequest: per(1, 1),
      perMillionOutputTokens: per(outputTokens, 1e6),
      perMillionTokens: per(all, 1e6),
    }),
  };
}

/** Of a figure that grows with what it follows from. */
function direct(of: (one: number) => number, { value, low, high }: Figure): Figure {
  return {
    value: of(value),
    ...(low !== undefined && { low: of(low) }),
    ...(high !== undefined && { high: of(high) }),
  };
}

/** Of one that shrinks: its ends change places. */
function inverse(of: (one: number) => number, { value, low, high }: Figure): Figure {
  return {
    value: of(value),
    ...(high !== undefined && { low: of(high) }),
    ...(low !== undefined && { high: of(low) }),
  };
}
