/** Rates over longer intervals, so that a trend is seen and not the dice of Poisson arrivals. */
import type { Column, Series } from "../judge/series.ts";

/** The axis of charts over time, and what lies on it. */
export type TimeAxis = Pick<Series, "start" | "intervalMs" | "at" | "phases">;

/** How many intervals to join so that at most `limit` remain; at least 1. */
export function joining(axis: TimeAxis, limit: number): number {
  return Math.max(1, Math.ceil(axis.at.length / limit));
}

/** The axis with every `factor` intervals joined to one. */
export function coarseAxis(axis: TimeAxis, factor: number): TimeAxis {
  return {
    start: axis.start,
    intervalMs: axis.intervalMs * factor,
    at: axis.at.filter((_, index) => index % factor === 0),
    phases: axis.phases,
  };
}

/**
 * Means over every `factor` intervals: exact for rates and time-weighted means, wrong for
 * percentiles and counts. Intervals without a value are left out of the mean.
 */
export function coarseMeans(column: Column, factor: number): Column {
  const means: (number | null)[] = [];
  for (let from = 0; from < column.length; from += factor) {
    const known = column.slice(from, from + factor).filter((value) => value !== null);
    const sum = known.reduce((total, value) => total + value, 0);
    means.push(known.length === 0 ? null : sum / known.length);
  }
  return means;
}
