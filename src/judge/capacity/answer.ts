/** What a search is asked for, what one level of load answers, and what all of them come to. */

export interface Answer {
  /** Requests per second, or virtual users. */
  readonly load: number;
  /** Requests judged, and those within the SLO. */
  readonly count: number;
  readonly good: number;
  /** How many times less they say than independent ones would (`designEffect`). */
  readonly effect: number;
  /** How much its counts say, 0 to 1, after a warm-up that was too short (`trustAfter`); 1 without it. */
  readonly trust?: number;
  /** It did not hold whatever the counts say: the queue grew without end, or a threshold failed. */
  readonly refused: boolean;
  /** What ended while it was measured, whenever it was due; absent in a closed loop. */
  readonly served?: Served;
}

export interface Served {
  /** The load times what ended over what began: free of the chance in how many happened to arrive. */
  readonly perSecond: number;
  /** How long it was measured. */
  readonly seconds: number;
}

export interface Estimate {
  /** Median of what is believed of the capacity. */
  readonly capacity: number;
  /** The middle 90 % of it. */
  readonly low: number;
  readonly high: number;
}

export interface SearchLimits {
  /** Where the search begins. */
  readonly start: number;
  /** Share of requests that must be good, 0 to 1. */
  readonly share: number;
  /** Half the relative width of the interval at which it is content: 0.05 is within 5 %. */
  readonly tolerance: number;
  /** The bounds of what makes sense: below, the server carries nothing; above, nobody asks. */
  readonly least: number;
  readonly most: number;
  /** Longest wait for its first token of a good request, s; absent where the SLO does not say. */
  readonly wait?: number;
  /** Whole numbers only: virtual users. */
  readonly whole?: boolean;
}

export function held({ count, good, refused }: Answer, share: number): boolean {
  return !refused && count > 0 && good >= share * count;
}
