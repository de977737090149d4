/** Counting flags, with the Wilson interval of their rate. */
import { wilson } from "../../src/stats/proportions.ts";

export interface Tally {
  add(flag: boolean): void;
  readonly passes: number;
  readonly count: number;
}

export function tally(): Tally {
  let [passes, count] = [0, 0];
  return {
    add: (flag) => {
      passes += flag ? 1 : 0;
      count += 1;
    },
    get passes() {
      return passes;
    },
    get count() {
      return count;
    },
  };
}

/** `1.2 % [0.8, 1.7]`: the rate with its 95 % Wilson interval. */
export function shown({ passes, count }: Tally): string {
  if (count === 0) return "-";
  const { low, high } = wilson({ passes, count });
  const percent = (share: number): string => {
    const value = share * 100;
    return value < 9.95 && value > 0 ? value.toFixed(value < 0.995 ? 2 : 1) : value.toFixed(0);
  };
  return `${percent(passes / count)} % [${percent(low)}, ${percent(high)}]`;
}
