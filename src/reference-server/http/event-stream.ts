/** Server-sent events as llama-server writes them: `data: ` lines, LF, one write for each report. */

import type { ServerResponse } from "node:http";

/** Unread bytes at which a client counts as gone. */
const MAX_UNREAD = 8 * 2 ** 20;

export class EventStream {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  /**
   * Sends status and headers. The connection ends with the stream, and says so: llama-server closes
   * it too, but announces that it would keep it.
   */
  open(): void {
    if (this.#response.headersSent) return;
    this.#response.writeHead(200, {
      "Content-Type": "text/event-stream",
      "X-Accel-Buffering": "no",
      Connection: "close",
    });
    this.#response.flushHeaders();
  }

  get opened(): boolean {
    return this.#response.headersSent;
  }

  send(events: readonly string[]): void {
    if (events.length === 0) return;
    this.#response.write(events.map((event) => `data: ${event}\n\n`).join(""));
    if (this.#response.writableLength > MAX_UNREAD) this.#response.destroy();
  }

  end(): void {
    this.#response.end();
  }
}
