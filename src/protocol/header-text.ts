/** Response headers: one that came twice is a list, whatever the type of Node's headers says. */
import type { IncomingHttpHeaders } from "node:http";

export function headerText(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}
