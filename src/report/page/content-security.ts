/** The Content-Security-Policy of a report: nothing runs, loads or is sent but what we put in it. */
import { createHash } from "node:crypto";

/** The source expression that allows exactly this inline block (CSP Level 3, §2.3.1). */
export function hashSource(text: string): string {
  return `'sha256-${createHash("sha256").update(text, "utf8").digest("base64")}'`;
}

/** A policy for one self-contained page with these inline scripts and styles. */
export function contentSecurityPolicy(
  scripts: readonly string[],
  styles: readonly string[],
): string {
  return [
    "default-src 'none'",
    `script-src ${scripts.map(hashSource).join(" ")}`,
    `style-src ${styles.map(hashSource).join(" ")}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/**
 * JSON for an inline `<script type="application/json">`: nothing in it can end the element or
 * open another, and it is valid in every place JavaScript is.
 */
export function inlineJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
