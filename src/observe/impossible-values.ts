/** Values that were left out because they cannot be: how many, of which series, and one of them. */

interface Finding {
  count: number;
  readonly example: number;
}

export class ImpossibleValues {
  /** By source, then by series. */
  readonly #found = new Map<string, Map<string, Finding>>();

  add(source: string, series: string, value: number | undefined): void {
    const ofSource = this.#found.get(source) ?? new Map<string, Finding>();
    this.#found.set(source, ofSource);
    const finding = ofSource.get(series) ?? { count: 0, example: value ?? NaN };
    ofSource.set(series, finding);
    finding.count += 1;
  }

  /** For the account of a source: nothing where nothing was left out. */
  of(source: string): { readonly impossible?: number } {
    const findings = [...(this.#found.get(source)?.values() ?? [])];
    const count = findings.reduce((sum, finding) => sum + finding.count, 0);
    return count === 0 ? {} : { impossible: count };
  }

  findings(): readonly { readonly source: string; readonly words: string }[] {
    return [...this.#found].flatMap(([source, ofSource]) =>
      [...ofSource].map(([series, { count, example }]) => ({
        source,
        words: `gave ${series} values that cannot be, such as ${example}; they were left out (${count})`,
      })),
    );
  }
}
