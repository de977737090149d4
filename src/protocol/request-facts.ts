import type { RequestRecord } from "../core/request-record.ts";

/** The part of a request's record that does not depend on who asked. */
export type RequestFacts = Omit<
  RequestRecord,
  "type" | "scenario" | "phase" | "iteration" | "request" | "vu" | "worker" | "scheduled"
>;
