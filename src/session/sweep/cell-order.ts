/** What is to be measured in one cell of a sweep. */
import type { Setting } from "../../judge/sweep/grid.ts";
import type { GroupedOrder } from "../run/run-request.ts";

export interface CellOrder {
  readonly setting: Setting;
  readonly order: GroupedOrder;
}
