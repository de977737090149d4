/**
 * Whether a server that is not ours was lost during the traffic. Its process cannot be watched, but
 * the records tell when it answered last, and one more question whether it still does not.
 */
import { messageOf, targetError } from "../../core/errors.ts";
import { codeOf, ownLimit } from "../../core/own-limits.ts";
import type { FailureKind } from "../../core/request-record.ts";
import type { RunLine } from "../../core/records.ts";
import { formatMillis } from "../../core/units.ts";
import { fetchPage } from "../../protocol/fetch-page.ts";
import type { RunningTarget } from "../../target/spec.ts";
import type { Ending } from "./ending.ts";

/** What requests to a server that has gone, or hangs, end with. */
const SILENT: ReadonlySet<FailureKind> = new Set<FailureKind>([
  "connect_refused",
  "connect_reset",
  "timeout_connect",
  "timeout_headers",
  "truncated",
]);

/** A server that lives answers anything within this time, ms. */
const PATIENCE = 5000;

export class SilenceOfTarget {
  #since: number | undefined;
  #failed = 0;
  #last = "";

  take(lines: readonly RunLine[]): void {
    for (const line of lines) {
      if (line.type !== "request") continue;
      const { outcome, ended, status } = line;
      if (!outcome.ok && SILENT.has(outcome.failure)) {
        this.#since ??= ended;
        this.#failed += 1;
        this.#last = outcome.message;
      } else if (status !== undefined) this.#reset();
    }
  }

  #reset(): void {
    this.#since = undefined;
    this.#failed = 0;
  }

  /**
   * The ending of traffic whose target was lost, if it was.
   *
   * @param t0 start of the traffic, ms on the clock
   */
  async ending(target: RunningTarget, t0: number): Promise<Ending | undefined> {
    const since = this.#since;
    if (since === undefined || target.owned) return undefined;
    const gone = await whyNoAnswer(target);
    if (gone === undefined) return undefined;
    const moment = formatMillis(Math.max(0, since - t0));
    const requests = this.#failed === 1 ? "1 request" : `${this.#failed} requests`;
    const message = `${target.baseUrl} stopped answering ${moment} into the traffic: ${requests} failed from then on (${this.#last}), and afterwards it does not answer either (${gone})`;
    const problem = targetError(message, "See the server's own log: it may have crashed or hung.");
    return { reason: "target_failed", message, problem };
  }
}

/** Any answer in HTTP is one, an error too. Undefined also where it is our machine that cannot ask. */
async function whyNoAnswer(target: RunningTarget): Promise<string | undefined> {
  const { baseUrl, headers, connection } = target;
  try {
    await fetchPage(`${baseUrl}/health`, { headers, connection, timeout: PATIENCE });
    return undefined;
  } catch (error) {
    return ownLimit(codeOf(error)) === undefined ? messageOf(error) : undefined;
  }
}
