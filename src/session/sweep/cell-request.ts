/** What is to be measured in one cell of a sweep. */
import type { Setting } from "../../judge/sweep/grid.ts";
import type { GroupedRequest } from "../run/run-request.ts";

export interface CellRequest {
  readonly setting: Setting;
  readonly request: GroupedRequest;
}
