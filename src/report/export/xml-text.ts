/**
 * Text from outside as XML text and attribute values. Characters that XML 1.0 (section 2.2) does
 * not allow at all, escaped or not, are left out: one of them would make the file unreadable.
 */

// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\n": "&#10;",
  "\t": "&#9;",
  "\r": "&#13;",
};

export function xmlText(text: string): string {
  return text
    .replace(/\p{Surrogate}/gu, "\ufffd")
    .replace(FORBIDDEN, "")
    .replace(/[&<>"'\n\t\r]/g, (character) => ENTITIES[character] ?? "");
}
