/** Times in text, to the microsecond. */

/** `""`, `.001`, ..., `.5`, ...: what follows the whole part. */
const FRACTIONS = Array.from({ length: 1000 }, (_, thousandths) =>
  (thousandths / 1000)
    .toFixed(3)
    .slice(1)
    .replace(/\.?0+$/, ""),
);

/** Below it every whole number of microseconds is a double of its own. */
const MOST = 1e15;

/** What `String(Math.round(ms * 1000) / 1000)` says, in half the time: a table of a run has millions. */
export function microsText(ms: number): string {
  const micros = Math.round(ms * 1000);
  const size = Math.abs(micros);
  if (!(size < MOST)) return String(micros / 1000);
  const whole = Math.floor(size / 1000);
  const text = String(whole) + (FRACTIONS[size - whole * 1000] ?? "");
  return micros < 0 ? `-${text}` : text;
}
