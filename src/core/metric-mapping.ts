/** A scenario's own words for a service's metrics: our series -> where the service's page has it. */
export type MetricMapping = Readonly<Record<string, MetricPlace>>;

export interface MetricPlace {
  /** A name of a Prometheus page, or a place in JSON: `queue.depth`. */
  readonly name: string;
  /** Only samples that have these labels; the others are summed. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The value is multiplied by it: 0.01 makes a ratio of percent. */
  readonly factor?: number;
}
