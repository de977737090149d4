/** What this run says of an aim, in words: nobody should have to find the column and compare. */

/** The lower the better; `value` undefined or NaN is not measured, which is not met. */
export interface Aim {
  readonly what: string;
  readonly value: number | undefined;
  readonly limit: number;
  readonly unit: string;
}

export function judgeAim({ what, value, limit, unit }: Aim): string {
  const aim = `${what}: aim at most ${limit}${unit}`;
  if (value === undefined || Number.isNaN(value)) return `not measured  ${aim}`;
  const word = value <= limit ? "met   " : "MISSED";
  return `${word}  ${aim}, here ${Number(value.toPrecision(3))}${unit}`;
}
