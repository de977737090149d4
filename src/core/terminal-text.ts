/**
 * What may be written to a terminal. Servers, files and scripts put their texts into ours; none of
 * them may move the cursor, change the window's title or the clipboard, or turn the order of letters
 * round. This holds in the two output streams themselves, whoever wrote the text.
 */

// C0 but tab and line feed, DEL, C1, line separators, and the marks that reorder text (Unicode TR 9).
export const STEERING =
  "[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]";
/** What our own lines begin with where they take the place of a line of progress. */
const OVER_LINE = "^\\r\\u001b\\[K";
/** Our own colours, and no others: a text may not be made invisible. */
const COLOR = "\\u001b\\[(?:[012]|3[1236])m";

const FILE = new RegExp(`\\r\\n|${STEERING}`, "g");
const TERMINAL = new RegExp(`${OVER_LINE}|${COLOR}|\\r\\n|${STEERING}`, "g");

/**
 * The text with everything that steers a terminal as `\uXXXX`: it can be seen, and inside of JSON it
 * is the same text as before.
 */
export function withoutSteering(text: string, toTerminal: boolean): string {
  return text.replace(toTerminal ? TERMINAL : FILE, (found) => {
    if (found === "\r\n") return "\n";
    return found.length > 1 ? found : escaped(found);
  });
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

const ASCII: Readonly<Record<string, string>> = {
  "✔": "+",
  "✘": "x",
  "−": "-",
  "–": "-",
  "—": "-",
  "·": "|",
  "×": "x",
  µ: "u",
  "…": "...",
  "→": "->",
  "≤": "<=",
  "≥": ">=",
  "≠": "!=",
  "±": "+-",
  "÷": "/",
  "°": "",
  "²": "^2",
  "½": "1/2",
  "∞": "inf",
  "√": "sqrt ",
  "⚠": "!",
  "▲": "^",
  "▼": "v",
  "│": "|",
  "▁": "_",
  "▂": ".",
  "▃": "-",
  "▄": "=",
  "▅": "+",
  "▆": "*",
  "▇": "%",
  "█": "#",
  "\u00a0": " ",
  "\u202f": " ",
  "\u2009": " ",
};

// eslint-disable-next-line no-control-regex
const NOT_ASCII = /[^\u0000-\u007f]/g;

/** For terminals that show nothing else: our signs by others, letters of others as `\uXXXX`. */
export function asciiText(text: string): string {
  return text.replace(NOT_ASCII, (found) => ASCII[found] ?? escaped(found));
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Whether the locale has no more than ASCII, by POSIX' order of the variables. Where none is set
 * (containers, Windows) nothing is known, and terminals of today show UTF-8.
 */
export function isAsciiLocale(env: Env): boolean {
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find((one) => one);
  if (locale === undefined) return false;
  const [, charset] = /\.([^@]+)/.exec(locale) ?? [];
  if (charset === undefined) return locale === "C" || locale === "POSIX";
  return !/^utf-?8$/i.test(charset);
}
