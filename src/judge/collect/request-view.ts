/**
 * One request as everything that judges a run looks at it: what it measures, its content events, the
 * gaps between its tokens. Each is worked out when it is first asked for, and once: a run has
 * hundreds of millions of tokens. One view shows one record after the other.
 */
import type { RequestRecord } from "../../core/request-record.ts";
import type { SloPlan } from "../../scenario/plan.ts";
import { requestValues, sloMet, type RequestValues } from "./request-values.ts";
import { isBunched, TokenColumns, type Arrivals, type TokenGaps } from "./token-columns.ts";

export class RequestView {
  readonly #tokens = new TokenColumns();
  #record: RequestRecord | undefined;
  #values: RequestValues | undefined;
  #met: { readonly slo: SloPlan; readonly each: readonly boolean[] } | undefined;

  /** Shows this record from now on. */
  of(record: RequestRecord): this {
    if (this.#record === record) return this;
    this.#record = record;
    this.#values = undefined;
    this.#met = undefined;
    this.#tokens.of(record);
    return this;
  }

  get record(): RequestRecord {
    if (this.#record === undefined) throw new Error("the view shows no record yet");
    return this.#record;
  }

  get values(): RequestValues {
    return (this.#values ??= requestValues(this.record, this.arrivals.bursts));
  }

  get arrivals(): Arrivals {
    return this.#tokens.arrivals;
  }

  /** Most of its tokens came in one burst. */
  get bunched(): boolean {
    return isBunched(this.record, this.arrivals.bursts);
  }

  get gaps(): TokenGaps {
    return this.#tokens.gaps;
  }

  /** Whether it meets each limit (`sloMet`). */
  met(slo: SloPlan): readonly boolean[] {
    if (this.#met?.slo !== slo) this.#met = { slo, each: sloMet(this.record, this.values, slo) };
    return this.#met.each;
  }
}
