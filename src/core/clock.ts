/**
 * The one clock. Every timestamp of a run is in milliseconds since the run's origin, read from the
 * operating system's monotonic clock, which all threads of the machine share; so records made by
 * different workers need no alignment.
 */

/** A point on the monotonic clock, as `process.hrtime()` gives it, and the wall time at it. */
export interface ClockOrigin {
  readonly seconds: number;
  readonly nanoseconds: number;
  /** Unix time at the origin, ms. For people; never subtracted from anything. */
  readonly wall: number;
}

/** Time as the measuring code sees it. Tests hand in a virtual one. */
export interface Clock {
  /** Milliseconds since the origin; resolution about 1 µs. */
  now(): number;
  /**
   * Resolves at `deadline` (ms since the origin) or later, never earlier; at once when the signal
   * is aborted.
   */
  sleepUntil(deadline: number, signal?: AbortSignal): Promise<void>;
}

/** The origin of a run that starts now. */
export function originNow(): ClockOrigin {
  const [seconds, nanoseconds] = process.hrtime();
  return { seconds, nanoseconds, wall: Date.now() };
}

/** Milliseconds to whole microseconds: what is finer is noise, and only lengthens the records. */
export function toMicros(ms: number): number {
  return Math.round(ms * 1e3) / 1e3;
}

/** A clock on a shared origin; create one per thread. */
export function systemClock(origin: ClockOrigin): Clock {
  const now = (): number => {
    const [seconds, nanoseconds] = process.hrtime();
    return toMicros((seconds - origin.seconds) * 1e3 + (nanoseconds - origin.nanoseconds) / 1e6);
  };
  return { now, sleepUntil: (deadline, signal) => sleepUntil(now, deadline, signal) };
}

/**
 * Node truncates fractional delays, so a timer can fire up to 1 ms early: ask again until the
 * deadline has passed. It then fires about 1 ms late at worst; the caller records that as lag.
 */
function sleepUntil(now: () => number, deadline: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout;
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const arm = (): void => {
      const left = deadline - now();
      if (left <= 0 || signal?.aborted === true) finish();
      else timer = setTimeout(arm, Math.min(left, 2 ** 31 - 1));
    };
    signal?.addEventListener("abort", finish);
    arm();
  });
}

/** An ISO 8601 time for a moment of the run. */
export function wallTime(origin: ClockOrigin, at: number): string {
  return new Date(origin.wall + at).toISOString();
}
