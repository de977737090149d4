/**
 * What an agent and its client say to each other. Times are ms on the agent's own clock, until the
 * client has found out how far that is from its own.
 *
 * `GET /clock`  -> ClockAnswer. Asked several times; the quickest answer tells the offset best.
 * `GET /stream` -> lines of JSON: one Hello, then a line of readings or a mark at a time.
 * `GET /read?mark=N` -> reads everything now; once the readings are on their way, the streams get
 *   the mark.
 * `GET /metrics` -> the latest values, for people and for Prometheus.
 */
import type { ReadingsLine } from "../../core/telemetry-lines.ts";
import type { SourceFacts, Unavailable } from "../source.ts";

/** Names the page and says which words it speaks. */
export const AGENT_METRIC = "plimsoll_agent_info";
export const AGENT_PROTOCOL = 1;

export interface ClockAnswer {
  /** When the question came in and when the answer went out. */
  readonly received: number;
  readonly sent: number;
}

export interface Hello {
  readonly type: "hello";
  readonly protocol: number;
  /** Another one is another start of the agent: its counters and its clock began anew. */
  readonly id: string;
  readonly hostname: string;
  readonly sources: readonly SourceFacts[];
  readonly unavailable: readonly Unavailable[];
  readonly fingerprint: Readonly<Record<string, string | number | boolean>>;
}

/** Everything read before the mark was asked for has been sent. */
export interface Mark {
  readonly type: "mark";
  readonly mark: string;
}

export type AgentLine = Hello | ReadingsLine | Mark;
