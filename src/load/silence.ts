/**
 * Watches that the load workers go on talking. A script that computes without ever awaiting holds
 * its thread: nothing in the thread can stop it, and its run would never end.
 */

/** Length of a round, ms. */
const ROUND = 1000;
/** Rounds of silence after which a worker counts as stuck: during traffic, and once told to stop. */
const PATIENCE = 30;
const PATIENCE_AFTER_STOP = 10;

export interface SilenceWatch {
  heard(worker: number): void;
  /** The workers were told to stop: from now on less silence is too much. */
  hurry(): void;
  end(): void;
}

/**
 * Rounds are counted, not time: when the whole program was suspended, nobody is stuck.
 *
 * @param onStuck called once for each worker that fell silent, with the length of its silence, s
 */
export function watchSilence(
  workers: number,
  onStuck: (worker: number, seconds: number) => void,
): SilenceWatch {
  const silent = Array.from({ length: workers }, () => 0);
  let patience = PATIENCE;
  const timer = setInterval(() => {
    for (const [worker, rounds] of silent.entries()) {
      silent[worker] = rounds + 1;
      if (rounds + 1 === patience) onStuck(worker, (patience * ROUND) / 1000);
    }
  }, ROUND);
  return {
    heard: (worker) => {
      silent[worker] = 0;
    },
    hurry: () => {
      patience = PATIENCE_AFTER_STOP;
      for (const [worker, rounds] of silent.entries())
        silent[worker] = Math.min(rounds, PATIENCE_AFTER_STOP - 1);
    },
    end: () => {
      clearInterval(timer);
    },
  };
}
