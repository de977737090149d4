/** Where a series splits best into two that differ, by the energy between them. */

export interface Split {
  /** Index of the first value of the second part. */
  readonly index: number;
  readonly q: number;
}

/** All distances |xᵢ − xⱼ| of a series, row by row. */
export function distancesOf(values: ArrayLike<number>): Float64Array {
  const n = values.length;
  const distances = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1) {
    for (let j = i + 1; j < n; j += 1) {
      const distance = Math.abs((values[i] ?? NaN) - (values[j] ?? NaN));
      distances[i * n + j] = distance;
      distances[j * n + i] = distance;
    }
  }
  return distances;
}

/**
 * The split of largest Q = 2/(m+n) Σ|x−y| − 2m/((m+n)(n−1)) Σ|xᵢ−x_k| − 2n/((m+n)(m−1)) Σ|yⱼ−y_k|,
 * with at least `least` values on each side (2 or more). Moving one value over the border changes each
 * of the three sums by its own distances, so all splits together cost one pass over the matrix.
 * Source: Matteson and James, A nonparametric approach for multiple change point analysis (2014).
 *
 * @param order the series as a permutation of the rows of `distances`
 * @returns undefined when the series is too short
 */
export function bestSplit(
  distances: Float64Array,
  order: ArrayLike<number>,
  least: number,
): Split | undefined {
  const n = order.length;
  const stride = Math.sqrt(distances.length);
  const { before, after } = distanceSums(distances, order, stride);
  let [across, left, right] = [0, 0, sumOf(after)];
  let best: Split | undefined;
  for (let t = 0; t < n - least; t += 1) {
    const [b, a] = [before[t] ?? 0, after[t] ?? 0];
    left += b;
    right -= a;
    across += a - b;
    if (t + 1 < least) continue;
    const q = energy(across, [left, t + 1], [right, n - t - 1]);
    if (best === undefined || q > best.q) best = { index: t + 1, q };
  }
  return best;
}

function energy(
  across: number,
  [left, n]: readonly [number, number],
  [right, m]: readonly [number, number],
): number {
  return (2 / (m + n)) * (across - (m * left) / (n - 1) - (n * right) / (m - 1));
}

/** Of each value: its distances to all before it, and to all after it. */
function distanceSums(distances: Float64Array, order: ArrayLike<number>, stride: number) {
  const n = order.length;
  const before = new Float64Array(n);
  const after = new Float64Array(n);
  for (let i = 0; i < n; i += 1) {
    const row = (order[i] ?? 0) * stride;
    let own = 0;
    for (let j = 0; j < i; j += 1) {
      const distance = distances[row + (order[j] ?? 0)] ?? 0;
      own += distance;
      after[j] = (after[j] ?? 0) + distance;
    }
    before[i] = own;
  }
  return { before, after };
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
