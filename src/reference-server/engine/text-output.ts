/**
 * From tokens to text that may be sent: a character is held back until its last byte, and text that
 * may be the start of a stop string until it is not. Rules of llama-server's `process_token`.
 */

import type { Piece } from "./vocabulary.ts";

export interface TextStep {
  /** What may be sent now. */
  readonly text: string;
  /** Whether there is an event at all: none while a character is incomplete. */
  readonly complete: boolean;
  /** The stop string that ended the text. */
  readonly stopped: string | undefined;
}

const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

export class TextOutput {
  readonly #stops: readonly string[];
  #bytes: Uint8Array = new Uint8Array(0);
  #held = "";
  #sent = "";

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** Everything generated so far, without a stop string or an incomplete character. */
  get text(): string {
    return this.#sent + this.#held;
  }

  /** @param last an end-of-generation token: nothing follows, so nothing is held back */
  push(piece: Piece, last: boolean): TextStep {
    const fresh = this.#decode(piece);
    if (fresh === undefined) return { text: "", complete: false, stopped: undefined };
    const candidate = this.#held + fresh;
    const found = firstStop(candidate, this.#stops);
    if (found !== undefined) return this.#send(candidate.slice(0, found.at), found.word);
    if (!last && mayBecomeStop(candidate, this.#stops)) {
      this.#held = candidate;
      return { text: "", complete: true, stopped: undefined };
    }
    return this.#send(candidate, undefined);
  }

  #send(text: string, stopped: string | undefined): TextStep {
    this.#held = "";
    this.#sent += text;
    return { text, complete: true, stopped };
  }

  #decode(piece: Piece): string | undefined {
    if (this.#bytes.length === 0 && piece.whole) return piece.text;
    const bytes = new Uint8Array(this.#bytes.length + piece.bytes.length);
    bytes.set(this.#bytes);
    bytes.set(piece.bytes, this.#bytes.length);
    const incomplete = endsInsideCharacter(bytes);
    this.#bytes = incomplete ? bytes : new Uint8Array(0);
    return incomplete ? undefined : lenient.decode(bytes);
  }
}

/** Whether the last bytes start a character that they do not finish (`validate_utf8`). */
function endsInsideCharacter(bytes: Uint8Array): boolean {
  for (let back = 1; back <= 4 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    const needed = characterLength(byte);
    if (needed > back) return true;
  }
  return false;
}

function characterLength(lead: number): number {
  if ((lead & 0xe0) === 0xc0) return 2;
  if ((lead & 0xf0) === 0xe0) return 3;
  return (lead & 0xf8) === 0xf0 ? 4 : 1;
}

function firstStop(
  text: string,
  stops: readonly string[],
): { at: number; word: string } | undefined {
  let best: { at: number; word: string } | undefined;
  for (const word of stops) {
    const at = text.indexOf(word);
    if (at >= 0 && (best === undefined || at < best.at)) best = { at, word };
  }
  return best;
}

function mayBecomeStop(text: string, stops: readonly string[]): boolean {
  return stops.some((word) => {
    for (let length = Math.min(word.length, text.length); length > 0; length -= 1) {
      if (text.endsWith(word.slice(0, length))) return true;
    }
    return false;
  });
}
