/** JSON for files that people review: indented, but what is short stands on one line. */
const SHORT = 110;

export function tidyJson(value: unknown, indent = ""): string {
  const flat = JSON.stringify(value);
  if (typeof value !== "object" || value === null) return flat;
  if (isFlat(value) && flat.length <= SHORT) return spaced(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item) => `${inner}${tidyJson(item, inner)}`);
    return items.length === 0 ? "[]" : `[\n${items.join(",\n")}\n${indent}]`;
  }
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .map(([key, field]) => `${inner}${JSON.stringify(key)}: ${tidyJson(field, inner)}`);
  return fields.length === 0 ? "{}" : `{\n${fields.join(",\n")}\n${indent}}`;
}

function isFlat(value: object): boolean {
  return Object.values(value).every((field) => typeof field !== "object" || field === null);
}

function spaced(value: object): string {
  if (Array.isArray(value)) return `[${value.map((item) => JSON.stringify(item)).join(", ")}]`;
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .map(([key, field]) => `${JSON.stringify(key)}: ${JSON.stringify(field)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}
