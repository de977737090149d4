/** Token ids to bytes and text, and back. */

/** What the model says of its tokens; a view of node-llama-cpp's model. */
export interface TokenSource {
  readonly kind: "spm" | "bpe" | "other";
  readonly size: number;
  readonly bos: number | undefined;
  readonly eos: number | undefined;
  readonly prependBos: boolean;
  readonly appendEos: boolean;
  /** The vocabulary's own spelling of a token (`▁the`, `<0xE2>`, `Ġthe`). */
  spelling(token: number): string;
  attributes(token: number): { control: boolean; unknown: boolean; byte: boolean; user: boolean };
  isEndOfGeneration: (token: number) => boolean;
  tokenize(text: string, parseSpecial: boolean): number[];
  detokenize(tokens: readonly number[]): string;
}

/** A token's contribution to the text. */
export interface Piece {
  /** The text; meaningful alone only when `whole`. */
  readonly text: string;
  readonly bytes: Uint8Array;
  /** Whether the bytes are complete UTF-8 by themselves. */
  readonly whole: boolean;
}

export interface Vocabulary {
  readonly size: number;
  readonly bosText: string;
  readonly eosText: string;
  readonly prependBos: boolean;
  readonly appendEos: boolean;
  endOfGeneration(): readonly number[];
  isEndOfGeneration: (token: number) => boolean;
  /** What the token adds to generated text; control tokens add nothing. Cached. */
  readonly piece: (token: number) => Piece;
  /** What the token is in full, control tokens by name. */
  spelledOut(token: number): Uint8Array;
  /** @param addSpecial add BOS and EOS where the model wants them */
  tokenize(text: string, addSpecial: boolean, parseSpecial: boolean): number[];
  /** The text of a whole sequence, control tokens by name. */
  detokenize(tokens: readonly number[]): string;
}

const encoder = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const NOTHING: Piece = { text: "", bytes: new Uint8Array(0), whole: true };

export function createVocabulary(source: TokenSource): Vocabulary {
  const pieces: (Piece | undefined)[] = [];
  let ends: readonly number[] | undefined;
  const spelledOut = (token: number): Uint8Array => bytesOf(source, token);
  const make = (token: number): Piece => {
    const { control, unknown } = source.attributes(token);
    return control || unknown ? NOTHING : pieceOf(spelledOut(token));
  };
  const special = (token: number | undefined): string =>
    token === undefined ? "" : source.spelling(token);
  return {
    size: source.size,
    bosText: special(source.bos),
    eosText: special(source.eos),
    prependBos: source.prependBos,
    appendEos: source.appendEos,
    endOfGeneration: () => (ends ??= tokensWhere(source.size, source.isEndOfGeneration)),
    isEndOfGeneration: source.isEndOfGeneration,
    piece: (token) => (pieces[token] ??= make(token)),
    spelledOut,
    tokenize: (text, addSpecial, parseSpecial) => {
      const tokens = source.tokenize(text, parseSpecial);
      if (addSpecial && source.prependBos && source.bos !== undefined) tokens.unshift(source.bos);
      if (addSpecial && source.appendEos && source.eos !== undefined) tokens.push(source.eos);
      return tokens;
    },
    detokenize: (tokens) => source.detokenize(tokens),
  };
}

function tokensWhere(size: number, test: (token: number) => boolean): number[] {
  return Array.from({ length: size }, (_, token) => token).filter(test);
}

function pieceOf(bytes: Uint8Array): Piece {
  try {
    return { text: strict.decode(bytes), bytes, whole: true };
  } catch {
    return { text: "", bytes, whole: false };
  }
}

/**
 * As `llama_vocab::impl::token_to_piece` (llama-vocab.cpp): control and user-defined tokens are
 * their spelling; SentencePiece writes a space as `▁` and a byte as `<0xE2>`; byte-level BPE writes
 * every byte as a printable character. node-llama-cpp gives text only, which cannot carry half a
 * character, and detokenizing one token loses its leading space.
 */
function bytesOf(source: TokenSource, token: number): Uint8Array {
  const spelling = source.spelling(token);
  const { control, unknown, byte, user } = source.attributes(token);
  if (control || unknown || user) return encoder.encode(spelling);
  if (source.kind === "bpe") return byteLevel(spelling);
  if (byte) return Uint8Array.of(Number.parseInt(spelling.slice(3, 5), 16));
  if (source.kind === "spm") return encoder.encode(spelling.replaceAll("▁", " "));
  return encoder.encode(source.detokenize([token]));
}

function byteLevel(spelling: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of spelling) {
    const byte = byteOfCharacter.get(character);
    if (byte === undefined) bytes.push(...encoder.encode(character));
    else bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** GPT-2's `bytes_to_unicode`, inverted: printable Latin-1 is itself, the rest starts at U+0100. */
const byteOfCharacter: ReadonlyMap<string, number> = (() => {
  const map = new Map<string, number>();
  let next = 256;
  for (let byte = 0; byte < 256; byte += 1) {
    const printable =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    map.set(String.fromCodePoint(printable ? byte : next), byte);
    if (!printable) next += 1;
  }
  return map;
})();
