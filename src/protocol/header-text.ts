import type { ResponseHeaders } from "./http1/head.ts";

/** The value of a header; of one that came several times, all of them. */
export function headerText(headers: ResponseHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}
