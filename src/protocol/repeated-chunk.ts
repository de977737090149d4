/**
 * The chunks of a stream are, most of the time, the same JSON with another text in one place, and
 * parsing them is what an event costs most. What has been parsed once, and has been shown to do
 * nothing but add its text, need not be parsed again: between the same bytes stands another string.
 */

/** A string of JSON that says itself: what else must be escaped, or would end it, is parsed. */
// eslint-disable-next-line no-control-regex
const PLAIN = /^[^"\\\x00-\x1f]*$/;

const LONGEST_WAIT = 1024;

export class RepeatedChunk {
  #before = "";
  #after = "";
  #used = false;
  /** Chunks to let pass until learning is tried again, and how many have passed. */
  #wait = 1;
  #passed = 0;

  /** The text of a chunk that is the one learned but for it. */
  textIn(data: string): string | undefined {
    const { length } = this.#before;
    if (length === 0 || data.length < length + this.#after.length) return undefined;
    if (!data.startsWith(this.#before) || !data.endsWith(this.#after)) return undefined;
    const text = data.slice(length, data.length - this.#after.length);
    if (!PLAIN.test(text)) return undefined;
    this.#used = true;
    return text;
  }

  /**
   * Learns from a chunk that was parsed and added this text. Where no two chunks are alike, that is
   * tried ever more seldom.
   *
   * @param onlyAdds whether a chunk adds this text and does nothing else
   */
  learn(data: string, text: string, onlyAdds: (data: string, text: string) => boolean): void {
    this.#passed += 1;
    if (this.#used) this.#wait = 1;
    if (this.#passed < this.#wait) return;
    this.#wait = Math.min(LONGEST_WAIT, 2 * this.#wait);
    this.#passed = 0;
    this.#used = false;
    const at = data.indexOf(`"${text}"`);
    if (!PLAIN.test(text) || at < 0) return;
    const before = data.slice(0, at + 1);
    const after = data.slice(at + 1 + text.length);
    // Equal texts may stand in several places: another one shows which of them counts.
    const other = `${text} other`;
    if (!onlyAdds(before + other + after, other)) return;
    this.#before = before;
    this.#after = after;
  }
}
