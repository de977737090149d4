/** How traffic ends before its time, and how it ended. */
import type { Clock } from "../../core/clock.ts";
import { messageOf, targetError, type PlimsollError } from "../../core/errors.ts";
import type { RunFooter, RunLine } from "../../core/records.ts";
import type { WorkerPool } from "../../load/worker-pool.ts";
import type { RunningTarget, ServerExit } from "../../target/spec.ts";

/** How the measuring ended; `problem` is what to tell the person besides the summary. */
export interface Ending {
  readonly reason: RunFooter["reason"];
  readonly message?: string;
  readonly problem?: PlimsollError;
}

export interface Watched {
  readonly stop: AbortSignal;
  readonly pool: WorkerPool;
  readonly target: RunningTarget;
  readonly clock: Clock;
  readonly record: (lines: readonly RunLine[]) => void;
}

export interface EndWatch {
  /** A threshold with `abortOnFail` failed. */
  readonly abort: (message: string) => void;
  readonly ending: () => Ending;
  readonly forget: () => void;
}

/**
 * What can end the traffic: the person, the server, a threshold; whichever comes first is the
 * reason. The pool itself knows of scripts that throw.
 */
export function watchForTheEnd({ stop, pool, target, clock, record }: Watched): EndWatch {
  let ending: Ending | undefined;
  let over = false;
  const end = (reason: Ending, event: RunLine): void => {
    if (over || ending !== undefined) return;
    ending = reason;
    record([event]);
    pool.stop();
  };
  const happened = (name: "interrupt" | "abort", message: string): RunLine => {
    return { type: "event", at: clock.now(), name, message };
  };
  const interrupt = (): void => {
    const message = messageOf(stop.reason);
    end({ reason: "interrupted", message }, happened("interrupt", message));
  };
  stop.addEventListener("abort", interrupt);
  if (stop.aborted) interrupt();
  void target.exited.then((exit) => {
    if (exit.expected) return;
    const problem = targetError(exit.message, exit.logTail);
    end({ reason: "target_failed", message: exit.message, problem }, exitEvent(exit, clock.now()));
  });
  return {
    abort: (message) => {
      end({ reason: "aborted", message }, happened("abort", message));
    },
    ending: () => ending ?? { reason: "completed" },
    forget: () => {
      over = true;
      stop.removeEventListener("abort", interrupt);
    },
  };
}

function exitEvent(exit: ServerExit, at: number): RunLine {
  return {
    type: "event",
    at,
    name: "server_exit",
    message: exit.message,
    ...(exit.code !== undefined && { exitCode: exit.code }),
    ...(exit.signal !== undefined && { signal: exit.signal }),
  };
}
