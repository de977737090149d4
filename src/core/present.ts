/** Leaving out what is absent. */

type Present<Fields> = {
  [Key in keyof Fields as undefined extends Fields[Key] ? never : Key]: Fields[Key];
} & {
  [Key in keyof Fields as undefined extends Fields[Key] ? Key : never]?: Exclude<
    Fields[Key],
    undefined
  >;
};

/** The object without the properties that are undefined, so that absent stays absent. */
export function present<Fields extends object>(fields: Fields): Present<Fields> {
  // Several times a request: a plain loop costs a third of fromEntries and filter.
  const kept: Record<string, unknown> = {};
  for (const name of Object.keys(fields)) {
    const value = (fields as Record<string, unknown>)[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept as Present<Fields>;
}
