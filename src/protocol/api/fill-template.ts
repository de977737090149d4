/** `{{name}}` in the paths, headers and bodies that scenarios write. */

export type TemplateValues = Readonly<Record<string, unknown>>;

const PLACE = /\{\{(\w+)\}\}/g;
const WHOLE = /^\{\{(\w+)\}\}$/;

/** The text with every `{{name}}` replaced; what is no text is written as JSON. */
export function fillText(
  template: string,
  values: TemplateValues,
  write: (text: string) => string = (text) => text,
): string {
  return template.replace(PLACE, (_place, name: string) => {
    const value = values[name];
    if (value === undefined) return "";
    return write(typeof value === "string" ? value : JSON.stringify(value));
  });
}

/** The value with every text in it filled in; a text that is one `{{name}}` becomes that value. */
export function fillValue(template: unknown, values: TemplateValues): unknown {
  if (typeof template === "string") {
    const name = WHOLE.exec(template)?.[1];
    return name === undefined ? fillText(template, values) : values[name];
  }
  if (Array.isArray(template)) return template.map((element) => fillValue(element, values));
  if (typeof template !== "object" || template === null) return template;
  return Object.fromEntries(
    Object.entries(template).map(([name, member]) => [name, fillValue(member, values)]),
  );
}
