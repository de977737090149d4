/**
 * What the report draws and the gates check of every request: a few columns, 8 bytes a value. NaN
 * stands for "absent" inside the columns, and nowhere else.
 */
import type { RequestRecord } from "../../core/request-record.ts";
import { Column } from "../../stats/column.ts";
import { dueOf, type RequestValues } from "./request-values.ts";

export class RequestColumns {
  readonly sent = new Column();
  readonly ended = new Column();
  /** Schedule time; NaN without one, and for attempts that were followed by another. */
  readonly due = new Column();
  readonly ttft = new Column();
  readonly e2e = new Column();
  readonly tpot = new Column();
  /** 1 for success, 0 for failure. */
  readonly ok = new Column();
  /** 1 when its phase is measured. */
  readonly measured = new Column();
  /** Index of its scenario in the plan. */
  readonly scenario = new Column();

  get length(): number {
    return this.sent.length;
  }

  add(
    record: RequestRecord,
    values: RequestValues,
    { measured, scenario }: { readonly measured: boolean; readonly scenario: number },
  ): void {
    this.sent.push(record.sent);
    this.ended.push(record.ended);
    this.due.push(record.retryIn === undefined ? (dueOf(record) ?? NaN) : NaN);
    this.ttft.push(values.ttft ?? NaN);
    this.e2e.push(values.e2e ?? NaN);
    this.tpot.push(values.tpot ?? NaN);
    this.ok.push(record.outcome.ok ? 1 : 0);
    this.measured.push(measured ? 1 : 0);
    this.scenario.push(scenario);
  }
}

/** The value, or null where it is absent: as series have it. */
export function orNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
