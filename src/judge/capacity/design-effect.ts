/** How alike the requests of a level are, and so how much less they say than their number. */

/**
 * How many times less than their number correlated answers say: the variance of the share between
 * batches over that of independent requests (Kish's design effect by batch means). A queue makes
 * neighbours alike: when one waits too long, so does the next.
 *
 * @param good whether each request was good, in the order of time
 */
export function designEffect(good: readonly boolean[], batches = 20): number {
  const size = Math.floor(good.length / batches);
  const share = good.filter(Boolean).length / good.length;
  if (size < 2 || share === 0 || share === 1) return 1;
  const shares = Array.from(
    { length: batches },
    (_, i) => good.slice(i * size, (i + 1) * size).filter(Boolean).length / size,
  );
  const mean = shares.reduce((sum, one) => sum + one, 0) / batches;
  const variance = shares.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (batches - 1);
  return Math.max(1, variance / ((share * (1 - share)) / size));
}
