/** Corrections for asking several questions at once. */

/**
 * Holm (1979): p̃₍ᵢ₎ = max over j ≤ i of min(1, (m−j+1) p₍ⱼ₎). Holds the chance of any false
 * rejection, whatever the dependence.
 *
 * @returns adjusted p-values in the order given
 */
export function holm(ps: readonly number[]): number[] {
  let running = 0;
  return inOrderOfSize(ps, (p, rank) => {
    running = Math.max(running, Math.min(1, (ps.length - rank) * p));
    return running;
  });
}

/**
 * Benjamini and Hochberg (1995): p̃₍ᵢ₎ = min over j ≥ i of min(1, m·p₍ⱼ₎/j). Holds the expected
 * share of false ones among the rejections.
 *
 * @returns adjusted p-values in the order given
 */
export function benjaminiHochberg(ps: readonly number[]): number[] {
  let running = 1;
  const fromLargest = ranks(ps).reverse();
  return scatter(fromLargest, (index, place) => {
    const rank = ps.length - place;
    running = Math.min(running, ((ps[index] ?? NaN) * ps.length) / rank);
    return running;
  });
}

function inOrderOfSize(ps: readonly number[], adjust: (p: number, rank: number) => number) {
  return scatter(ranks(ps), (index, rank) => adjust(ps[index] ?? NaN, rank));
}

/** Indices, smallest p first. */
function ranks(ps: readonly number[]): number[] {
  return ps.map((_, index) => index).sort((a, b) => (ps[a] ?? NaN) - (ps[b] ?? NaN));
}

function scatter(order: readonly number[], value: (index: number, place: number) => number) {
  const adjusted = new Array<number>(order.length).fill(1);
  order.forEach((index, place) => {
    adjusted[index] = value(index, place);
  });
  return adjusted;
}
