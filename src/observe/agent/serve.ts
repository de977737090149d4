/**
 * The agent: samples the machine it runs on, and tells whoever may know. It takes no orders but to
 * read now, writes nothing to disk, and answers GET only.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../core/clock.ts";
import type { ReadingsLine } from "../../core/telemetry-lines.ts";
import type { AgentLine, ClockAnswer, Hello } from "./messages.ts";
import { LatestValues } from "./page.ts";

export interface AgentOptions {
  readonly clock: Clock;
  readonly hello: Hello;
  readonly version: string;
  /** Reads every source now; its lines go to `tell` before it resolves. */
  readonly readNow: () => Promise<void>;
  /** Without one everybody who can connect may ask. */
  readonly token?: string;
}

/** So many listeners at a time: more are a mistake. */
const MOST_STREAMS = 16;
/** A listener that is so far behind has gone away without saying so, bytes. */
const MOST_BEHIND = 2 ** 22;

export class Agent {
  readonly #options: AgentOptions;
  readonly #streams = new Set<ServerResponse>();
  readonly #latest = new LatestValues();
  readonly #server: Server;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      const received = options.clock.now();
      this.#answer(request, response, received).catch(() => {
        response.destroy();
      });
    });
  }

  /** @returns where it listens. @throws Error when it cannot */
  listen(host: string, port: number): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        resolve(this.#server.address() as AddressInfo);
      });
    });
  }

  /** Tells all listeners. */
  tell(lines: readonly ReadingsLine[]): void {
    for (const line of lines) {
      this.#latest.add(line);
      this.#send(line);
    }
  }

  async close(): Promise<void> {
    for (const stream of this.#streams) stream.end();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
      this.#server.closeAllConnections();
    });
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    received: number,
  ): Promise<void> {
    const { clock, hello, version, readNow } = this.#options;
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://agent");
    response.setHeader("cache-control", "no-store");
    if (request.method !== "GET") {
      refuse(response, 405, "only GET is answered here");
      return;
    }
    if (!this.#isKnown(request)) {
      response.setHeader("www-authenticate", "Bearer");
      refuse(response, 401, "this agent wants its token: Authorization: Bearer TOKEN");
      return;
    }
    switch (pathname) {
      case "/clock": {
        const answer = (): ClockAnswer => ({ received, sent: clock.now() });
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(answer()));
        return;
      }
      case "/metrics":
        await readNow();
        response.setHeader("content-type", "text/plain; version=0.0.4");
        response.end(this.#latest.page(hello, version, clock.now()));
        return;
      case "/read":
        await readNow();
        this.#send({ type: "mark", mark: searchParams.get("mark") ?? "" });
        response.end();
        return;
      case "/stream":
        this.#open(response);
        return;
      default:
        refuse(response, 404, "there is /metrics, /stream, /clock and /read");
    }
  }

  /** Compares digests, so that the time it takes tells nothing about the token. */
  #isKnown({ headers }: IncomingMessage): boolean {
    const { token } = this.#options;
    if (token === undefined) return true;
    const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
    return timingSafeEqual(digest(headers.authorization ?? ""), digest(`Bearer ${token}`));
  }

  #open(response: ServerResponse): void {
    if (this.#streams.size >= MOST_STREAMS) {
      refuse(response, 503, `${MOST_STREAMS} listeners are the most`);
      return;
    }
    response.setHeader("content-type", "application/x-ndjson");
    this.#streams.add(response);
    response.on("close", () => {
      this.#streams.delete(response);
    });
    response.write(`${JSON.stringify(this.#options.hello)}\n`);
  }

  #send(line: AgentLine): void {
    const text = `${JSON.stringify(line)}\n`;
    for (const stream of this.#streams) {
      if (stream.writableLength > MOST_BEHIND) stream.destroy();
      else stream.write(text);
    }
  }
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.statusCode = status;
  response.setHeader("content-type", "text/plain");
  response.end(`${why}\n`);
}
