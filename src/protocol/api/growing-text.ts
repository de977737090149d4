/**
 * Text from a server of which it is not known whether its events repeat the text so far or go on
 * from it: both are kept until one is certain. Text that begins with all of the text before it, eight
 * times in a row, is not a coincidence.
 */
import type { Answer } from "../adapter.ts";

const CERTAIN = 8;
/** Two extensions in a row are as good as never a coincidence. */
const LIKELY = 2;

export class GrowingText {
  readonly #answer: Answer;
  #last = "";
  #joined = "";
  #events = 0;
  #extensions = 0;
  /** Each event so far began with the one before it. */
  #repeats = true;

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  /** Whether the events repeat the text so far, as far as can be told. */
  get repeats(): boolean {
    return this.#repeats && this.#extensions > 0;
  }

  /** Whether the event brought something new. */
  add(text: string): boolean {
    if (text === "") return false;
    const fresh = this.#events === 0 || this.#compare(text);
    this.#events += 1;
    if (this.#extensions < CERTAIN) this.#joined += text;
    this.#last = text;
    this.#answer.text = this.repeats ? this.#last : this.#joined;
    return fresh;
  }

  #compare(text: string): boolean {
    if (this.#extensions >= CERTAIN) return text !== this.#last;
    if (!this.#repeats) return true;
    if (text !== this.#last && text.startsWith(this.#last)) {
      this.#extensions += 1;
      return true;
    }
    // The same once more: nothing new where texts repeat, the same word twice where they do not.
    if (text === this.#last && this.#extensions >= LIKELY) return false;
    this.#repeats = false;
    return true;
  }
}
