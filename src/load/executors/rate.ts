/** The rate of an open loop over time, its integral, and the inverse of that. */
import type { RateSegment } from "../../scenario/plan.ts";

/** A segment on the scenario's time line. Areas count iterations, from the scenario's start. */
export interface RateSpan {
  readonly segment: RateSegment;
  /** ms from the scenario's start. */
  readonly start: number;
  readonly areaBefore: number;
  readonly areaAfter: number;
}

/** The segments back to back; a segment without duration (a jump of the rate) has no area. */
export function rateSpans(segments: readonly RateSegment[]): readonly RateSpan[] {
  let [start, area] = [0, 0];
  return segments.map((segment) => {
    const areaAfter = snap(area + (((segment.from + segment.to) / 2) * segment.duration) / 1000);
    const span = { segment, start, areaBefore: area, areaAfter };
    start += segment.duration;
    area = areaAfter;
    return span;
  });
}

/** 0.1/s for 30 s admits 3 iterations, not 2.9999999999999996: rounding must not lose one. */
function snap(area: number): number {
  const whole = Math.round(area);
  return Math.abs(area - whole) <= 1e-9 + whole * 1e-12 ? whole : area;
}

/**
 * The moment at which the integral of the rate reaches `area`, ms from the scenario's start.
 *
 * Within a segment of d seconds the rate is r(t) = f + st with s = (g - f) / d, and the integral
 * x = ft + st²/2. Its root (k6's closed form, `ramping_arrival_rate.go`) is used in the form
 * t = 2x / (f + √(f² + 2sx)), which loses no digits when f and g are close and holds for f = g.
 */
export function timeOfArea(span: RateSpan, area: number): number {
  const { from, to, duration } = span.segment;
  const x = area - span.areaBefore;
  if (x <= 0) return span.start;
  const slope = ((to - from) / duration) * 1000;
  // At the foot of a ramp down rounding may bring the radicand just below 0.
  const root = Math.sqrt(Math.max(0, from * from + 2 * slope * x));
  return span.start + Math.min(duration, (2000 * x) / (from + root));
}
