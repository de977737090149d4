/**
 * The values of single requests, for comparing two runs item by item: request r of iteration k is
 * the same work in both.
 */
import { Column } from "../../stats/column.ts";

export const itemMetrics = ["ttft", "tpot", "e2e"] as const;

export interface Item {
  /** Index of its scenario in the plan, iteration number, ordinal within the iteration. */
  readonly scenario: number;
  readonly iteration: number;
  readonly request: number;
  /** ms; in the order of `itemMetrics`, undefined where absent. */
  readonly values: readonly (number | undefined)[];
}

/** Enough for a paired comparison, few enough for a file. */
const MOST_ITEMS = 4096;

/** Keeps the items of every 2^n-th iteration: the same ones in every run of a plan. */
export class ItemCollector {
  readonly #scenario = new Column();
  readonly #iteration = new Column();
  readonly #request = new Column();
  readonly #values = itemMetrics.map(() => new Column());

  add({ scenario, iteration, request, values }: Item): void {
    this.#scenario.push(scenario);
    this.#iteration.push(iteration);
    this.#request.push(request);
    this.#values.forEach((column, i) => {
      column.push(values[i] ?? NaN);
    });
  }

  /** Sorted by scenario, iteration and request. */
  finish(): { readonly stride: number; readonly items: readonly Item[] } {
    let stride = 1;
    while (this.#countOf(stride) > MOST_ITEMS) stride *= 2;
    const items: Item[] = [];
    this.#iteration.view().forEach((iteration, i) => {
      if (iteration % stride === 0) items.push(this.#item(i));
    });
    return { stride, items: items.sort(compareItems) };
  }

  #countOf(stride: number): number {
    let count = 0;
    for (const iteration of this.#iteration.view()) if (iteration % stride === 0) count += 1;
    return count;
  }

  #item(i: number): Item {
    return {
      scenario: this.#scenario.view()[i] ?? 0,
      iteration: this.#iteration.view()[i] ?? 0,
      request: this.#request.view()[i] ?? 0,
      values: this.#values.map((column) => {
        const value = column.view()[i] ?? NaN;
        return Number.isNaN(value) ? undefined : value;
      }),
    };
  }
}

function compareItems(a: Item, b: Item): number {
  return a.scenario - b.scenario || a.iteration - b.iteration || a.request - b.request;
}
