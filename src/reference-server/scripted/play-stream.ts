import type { Socket } from "node:net";
import type { Clock } from "../../core/clock.ts";
import type { Agenda } from "./agenda.ts";
import { stepsOf, type StreamScript } from "./stream-script.ts";

/** What really happened to one stream, ms on the shared clock. */
export interface StreamTruth {
  readonly id: string;
  /** The request was complete. */
  readonly received: number;
  /** When each content event was handed to the kernel: read just before the write that ends it. */
  readonly events: number[];
  /** True when the kernel's buffer was full once, so that a write may have left later. */
  blocked: boolean;
  /** The last write; absent when the client went away before. */
  ended?: number;
}

export interface Playing {
  readonly socket: Socket;
  readonly clock: Clock;
  readonly agenda: Agenda;
  readonly promptTokens: number;
}

/** Writes the answer step by step; calls `done` after the last one. */
export function playStream(
  script: StreamScript,
  truth: StreamTruth,
  { socket, clock, agenda, promptTokens }: Playing,
  done: () => void,
): void {
  const steps = stepsOf(script, promptTokens);
  const kept = script.id !== undefined;
  let step = steps.next();
  const go = (): void => {
    while (step.done !== true && !socket.destroyed) {
      const due = truth.received + step.value.after;
      if (due > clock.now()) {
        agenda.add(due, go);
        return;
      }
      const { bytes, completes } = step.value;
      const at = clock.now();
      if (!socket.write(bytes)) truth.blocked = true;
      if (kept) for (let i = 0; i < completes; i += 1) truth.events.push(at);
      step = steps.next();
      if (step.done === true) truth.ended = at;
    }
    if (!socket.destroyed) done();
  };
  go();
}
