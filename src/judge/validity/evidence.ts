/** What the gates look at, gathered from a whole run. */
import type { Distribution } from "../../stats/distribution.ts";
import type { MachineEvidence } from "../machine/gate-rows.ts";
import type { RequestColumns } from "../collect/request-columns.ts";
import type { NoServerCounts, ServerCounts } from "./server-count.ts";
import { overlap, type Span } from "../collect/spans.ts";
import type { PromptEvidence } from "./prompt-gates.ts";
import type { Standstill } from "./standstill.ts";
import type { TokenAudit } from "./token-audit.ts";

/** All of the measured phases. */
export interface Evidence {
  /** Requests that ended, and those that were cut off. */
  readonly ended: number;
  readonly censored: number;
  /** Requests that this client could not send, and why the first of them; all phases. */
  readonly ownFailures: { readonly count: number; readonly example: string };
  /** Windows of a health metric, one entry a source that carries traffic. */
  readonly health: (metric: string) => readonly { source: string; windows: Distribution }[];
  readonly standstill?: Standstill;
  /** Absent in a closed loop; so is `planned`. */
  readonly lag?: Distribution;
  /** ms. */
  readonly medianTtft?: number;
  /** Iterations that the schedule had, and how many of them started in time. */
  readonly planned?: number;
  readonly startedInTime: number;
  /** The run ended before the measured phases were over. */
  readonly cutShort: boolean;
  /** It was a threshold that ended it. */
  readonly aborted: boolean;
  /** Iterations that were due, and those that were dropped. */
  readonly iterations: number;
  readonly dropped: number;
  readonly tokens: TokenAudit;
  readonly prompts: PromptEvidence;
  readonly machine: MachineEvidence;
  /** The whole run's, by the server and by the client. */
  readonly serverCounts: ServerCounts | NoServerCounts;
  readonly little?: LittlesLaw;
}

/** Little (1961): mean number in flight = arrival rate × mean duration. */
export interface LittlesLaw {
  readonly inFlight: number;
  readonly expected: number;
  /** What the edges of the windows cannot explain, as a share of the larger of the two. */
  readonly deviation: number;
  readonly requests: number;
}

/**
 * Mean in flight is taken from all requests that were under way inside their scenario's measured
 * windows; arrival rate times duration from those that belong to a measured phase. The two differ
 * by the edges: requests that cross a window's border count in full on one side and in part, or not
 * at all, on the other. So does a request without a schedule, since later requests of an iteration
 * belong to the phase in which the iteration began. What is left is unexplained: records that are
 * missing, or whose times or phases are wrong.
 *
 * @param windows the measured windows of each scenario, by the index in `columns.scenario`
 * @param ms length of the measured windows of all scenarios, overlaps once
 */
export function littlesLaw(
  columns: RequestColumns,
  windows: readonly (readonly Span[])[],
  ms: number,
): LittlesLaw | undefined {
  const sum = { inside: 0, own: 0, edge: 0, requests: 0 };
  for (let i = 0; i < columns.length; i += 1) addRequest(sum, columns, i, windows);
  const { inside, own, edge, requests } = sum;
  if (ms === 0 || requests === 0) return undefined;
  const larger = Math.max(inside, own);
  const unexplained = Math.max(0, Math.abs(inside - own) - edge);
  const deviation = larger === 0 ? 0 : unexplained / larger;
  return { inFlight: inside / ms, expected: own / ms, deviation, requests };
}

interface Sums {
  inside: number;
  own: number;
  edge: number;
  requests: number;
}

function addRequest(
  sum: Sums,
  columns: RequestColumns,
  i: number,
  windows: readonly (readonly Span[])[],
): void {
  const [sent, ended, due] = [columns.sent.at(i), columns.ended.at(i), columns.due.at(i)];
  const own = windows[columns.scenario.at(i)] ?? [];
  const inside = overlap(own, sent, ended);
  const measured = columns.measured.at(i);
  const counted = measured === 1 ? ended - sent : 0;
  sum.inside += inside;
  sum.own += counted;
  sum.requests += measured;
  if (Number.isNaN(due) || crossesBorder(own, Math.min(due, sent), ended))
    sum.edge += Math.abs(counted - inside);
}

function crossesBorder(windows: readonly Span[], from: number, to: number): boolean {
  const inside = (border: number): boolean => border >= from && border <= to;
  return windows.some(({ start, end }) => inside(start) || inside(end));
}
