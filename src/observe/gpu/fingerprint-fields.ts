/** How several devices are told in one field of the fingerprint. */

/** `2 x NVIDIA H100 80GB HBM3`, different models joined by ` + `, in the order they are found. */
export function models(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${String(count)} x ${name}`).join(" + ");
}

/** One value when all devices agree; else all of them in order; undefined when none has one. */
export function sameOrList<T>(values: readonly (T | undefined)[]): T | string | undefined {
  const known = values.filter((value) => value !== undefined);
  if (new Set(values).size <= 1) return known[0];
  return known.length === 0 ? undefined : values.map((value) => String(value ?? "?")).join(", ");
}
