/** The line of least squares through points. */
import { linearRegression } from "simple-statistics";

/** Units of y per unit of x; NaN where all points have the same x. */
export function slopeOfLine(points: readonly (readonly [x: number, y: number])[]): number {
  return linearRegression(points.map(([x, y]) => [x, y])).m;
}
