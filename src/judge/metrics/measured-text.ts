/** A measured value in a sentence: a share in percent, as everywhere; other units as they are. */
export function measuredText(value: number, unit: string | undefined): string {
  if (unit === "ratio") return `${rounded(value * 100)} %`;
  return `${rounded(value)}${unit === undefined ? "" : ` ${unit}`}`;
}

/** Four significant digits. */
function rounded(figure: number): number {
  return Number(figure.toPrecision(4));
}
