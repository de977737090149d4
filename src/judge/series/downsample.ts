/**
 * The indices of at most `most` values that keep the look of a curve: from each of equal stretches
 * its smallest and its largest value, in order.
 *
 * @param most at least 2
 */
export function downsample(values: Float64Array, most: number): number[] {
  if (values.length <= most) return Array.from(values, (_, i) => i);
  const stretches = Math.floor(most / 2);
  const kept: number[] = [];
  for (let s = 0; s < stretches; s += 1) {
    const from = Math.floor((s * values.length) / stretches);
    const to = Math.floor(((s + 1) * values.length) / stretches);
    const [low, high] = extremes(values, from, to);
    kept.push(Math.min(low, high));
    if (low !== high) kept.push(Math.max(low, high));
  }
  return kept;
}

function extremes(values: Float64Array, from: number, to: number): readonly [number, number] {
  let low = from;
  let high = from;
  for (let i = from; i < to; i += 1) {
    const value = values[i] ?? 0;
    if (value < (values[low] ?? 0)) low = i;
    if (value > (values[high] ?? 0)) high = i;
  }
  return [low, high];
}
