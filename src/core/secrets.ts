/** Keeping keys and passwords out of everything that is shown or written. */

export const HIDDEN = "***";

/** Names under which people pass secrets as parameters, in queries, and to servers. */
const SECRET_NAME = /key|token|secret|passw|credential|auth/i;

export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Replaces bearer tokens, and passwords in URLs, by `***`; whatever they are. */
export function removeSecrets(text: string): string {
  return text
    .replace(/\b(bearer)\s+[^\s"',]+/gi, `$1 ${HIDDEN}`)
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/"']+@/gi, `$1${HIDDEN}@`);
}

/** Shorter ones cannot be told from words that mean something else. */
const SHORTEST = 4;
/** Of a secret that was cut off with the text it stands in, this much is enough to give it away. */
const SHORTEST_PIECE = 4;
/** What a server repeats in base64 is looked for from this length on: less is in every text. */
const SHORTEST_BASE64 = 8;

/**
 * What is known to be secret, in every form in which somebody who knows it may repeat it: as it is,
 * as in a URL, as in JSON, in base64, alone or inside of something longer.
 */
export class Secrets {
  readonly #forms = new Set<string>();
  readonly #base64 = new Set<string>();
  #pattern: RegExp | undefined;

  /** From now on this is secret. */
  keep(value: string | undefined): void {
    if (value === undefined) return;
    for (const one of [value, value.trim(), ...partsOf(value)]) this.#keepForms(one);
  }

  #keepForms(value: string): void {
    if (value.length < SHORTEST || value === HIDDEN) return;
    for (const form of formsOf(value)) this.#forms.add(form);
    for (const form of base64Forms(value)) this.#base64.add(form);
    this.#pattern = undefined;
  }

  /** The text without them. Of its end also what a cut has left of one. */
  hide(text: string): string {
    const pattern = (this.#pattern ??= this.#compiled());
    const clean = pattern === undefined ? text : this.#withoutPiece(text.replace(pattern, HIDDEN));
    return removeSecrets(clean);
  }

  /** The same value, with all texts in it hidden; names of fields stay. */
  hideIn<Value>(value: Value): Value {
    return this.#deep(value) as Value;
  }

  #deep(value: unknown): unknown {
    if (typeof value === "string") return this.hide(value);
    if (Array.isArray(value)) return value.map((one: unknown) => this.#deep(one));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.#deep(one)]));
  }

  #compiled(): RegExp | undefined {
    if (this.#forms.size === 0) return undefined;
    // The longest first: one may be part of another.
    const plain = [...this.#forms].sort((a, b) => b.length - a.length).map(escaped);
    const inside = [...this.#base64].map((form) => `[\\w+/-]*${escaped(form)}[\\w+/-]*={0,2}`);
    return new RegExp([...plain, ...inside].join("|"), "g");
  }

  /** Messages are cut to a length, and mark it by an ellipsis. */
  #withoutPiece(text: string): string {
    if (!text.endsWith("…")) return text;
    const body = text.slice(0, -1);
    let longest = 0;
    for (const form of [...this.#forms, ...this.#base64])
      for (let n = Math.min(form.length - 1, body.length); n >= SHORTEST_PIECE; n -= 1)
        if (n > longest && body.endsWith(form.slice(0, n))) longest = n;
    return longest === 0 ? text : `${body.slice(0, body.length - longest)}${HIDDEN}…`;
  }
}

/** `Bearer KEY` and `Basic BASE64` have the secret behind the scheme. */
function partsOf(value: string): readonly string[] {
  const [, scheme = "", rest = ""] = /^(\w+)\s+(\S+)$/.exec(value.trim()) ?? [];
  if (rest === "") return [];
  if (scheme.toLowerCase() !== "basic") return [rest];
  const pair = Buffer.from(rest, "base64").toString("utf8");
  return [rest, pair, pair.slice(pair.indexOf(":") + 1)];
}

function formsOf(value: string): readonly string[] {
  const url = encodeURIComponent(value);
  const form = new URLSearchParams({ v: value }).toString().slice(2);
  const lower = url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  const json = JSON.stringify(value).slice(1, -1);
  return [value, url, lower, form, encodeURI(value), json];
}

/**
 * What base64 makes of the value wherever it stands in something longer: three ways to fall on
 * groups of three bytes, each without the characters that its neighbours have a part in.
 */
function base64Forms(value: string): readonly string[] {
  const bytes = Buffer.from(value, "utf8");
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]);
    const begin = Math.ceil((before * 8) / 6);
    const end = Math.floor((whole.length * 8) / 6);
    const core = whole.toString("base64").slice(begin, end);
    if (core.length < SHORTEST_BASE64) return [];
    return [core, core.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}
