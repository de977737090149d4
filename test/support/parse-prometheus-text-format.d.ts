/** The package has no types: what our tests use of it. Values are strings, as they were written. */
declare module "parse-prometheus-text-format" {
  export interface PrometheusFamily {
    readonly name: string;
    readonly help: string;
    readonly type: string;
    readonly metrics: readonly {
      readonly value?: string;
      readonly labels?: Readonly<Record<string, string>>;
      readonly quantiles?: Readonly<Record<string, string>>;
    }[];
  }
  export default function parsePrometheusTextFormat(text: string): readonly PrometheusFamily[];
}
