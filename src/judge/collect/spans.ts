/** Stretches of time, ms: the windows in which phases were measured. */

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The spans as disjoint ones in order; touching ones become one, empty ones vanish. */
export function union(spans: readonly Span[]): readonly Span[] {
  const sorted = spans.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start);
  const disjoint: Span[] = [];
  for (const span of sorted) {
    const last = disjoint.at(-1);
    if (last === undefined || span.start > last.end) disjoint.push(span);
    else disjoint[disjoint.length - 1] = { ...last, end: Math.max(last.end, span.end) };
  }
  return disjoint;
}

/** Length of disjoint spans together. */
export function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { start, end }) => sum + (end - start), 0);
}

/** How much of `start` to `end` lies in the disjoint spans. */
export function overlap(spans: readonly Span[], start: number, end: number): number {
  let sum = 0;
  for (const span of spans)
    sum += Math.max(0, Math.min(end, span.end) - Math.max(start, span.start));
  return sum;
}

/** Whether a moment lies in one of the spans; the end does not belong to a span. */
export function contains(spans: readonly Span[], at: number): boolean {
  // Asked for every token of a run: a plain loop makes no closure.
  for (const span of spans) if (at >= span.start && at < span.end) return true;
  return false;
}
