/** Several readers of one run, each shown every line: the file is read once for all. */
import type { RunLine } from "../../core/records.ts";
import { RequestView } from "./request-view.ts";

export interface LineReader {
  /** @param view of the line, where it is a request; shared, so that nothing is worked out twice */
  add(line: RunLine, view: RequestView): void;
}

export function together(readers: readonly LineReader[]): { add(line: RunLine): void } {
  const view = new RequestView();
  return {
    add: (line) => {
      for (const reader of readers) reader.add(line, view);
    },
  };
}
