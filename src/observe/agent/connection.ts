/**
 * A client's connection to an agent: the stream, the agent's clock, and a new connection when the
 * agent has gone and come back.
 */
import { Agent as KeepAlive, get, type IncomingMessage } from "node:http";
import { get as getTls, Agent as KeepAliveTls } from "node:https";
import type { Clock } from "../../core/clock.ts";
import { messageOf } from "../../core/errors.ts";
import type { ReadingsLine } from "../../core/telemetry-lines.ts";
import { readText } from "../gpu/fetch-page.ts";
import { ClockOffset } from "./clock-offset.ts";
import { AGENT_PROTOCOL, type AgentLine, type ClockAnswer, type Hello } from "./messages.ts";

export interface AgentAddress {
  /** Without credentials, path and trailing slash. */
  readonly base: string;
  /** Secret. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ConnectionEvents {
  readonly onReadings: (line: ReadingsLine, hello: Hello) => void;
}

const PATIENCE = 5000;
/** A line longer than this is none, characters. */
const LONGEST_LINE = 2 ** 22;
/** Exchanges to begin with, and one more each time the stream is read. */
const FIRST_EXCHANGES = 10;

export class AgentConnection {
  readonly clockOffset = new ClockOffset();
  readonly #address: AgentAddress;
  readonly #clock: Clock;
  readonly #events: ConnectionEvents;
  readonly #sockets: KeepAlive;
  readonly #marks = new Map<string, () => void>();
  #hello: Hello | undefined;
  #stream: IncomingMessage | undefined;
  #asked = 0;
  #isClosed = false;

  constructor(address: AgentAddress, clock: Clock, events: ConnectionEvents) {
    this.#address = address;
    this.#clock = clock;
    this.#events = events;
    const kept = { keepAlive: true, maxSockets: 2 };
    this.#sockets = address.base.startsWith("https:")
      ? new KeepAliveTls(kept)
      : new KeepAlive(kept);
  }

  /** Connects where that is not so; finds out the agent's time. @throws why it cannot */
  async open(): Promise<Hello> {
    if (this.#hello !== undefined) return this.#hello;
    for (let i = 0; i < FIRST_EXCHANGES; i += 1) await this.exchange();
    const response = await this.#get("/stream");
    this.#stream = response;
    return new Promise((resolve, reject) => {
      let rest = "";
      const over = (): void => {
        this.#hello = undefined;
        for (const settle of this.#marks.values()) settle();
        reject(new Error(`${this.#address.base}: the agent ended the stream`));
      };
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        if (rest.length > LONGEST_LINE) response.destroy();
        try {
          for (const line of lines) this.#take(JSON.parse(line) as AgentLine, resolve);
        } catch (thrown) {
          response.destroy();
          reject(new Error(`${this.#address.base}: ${messageOf(thrown)}`));
        }
      });
      response.on("close", over);
      response.on("error", over);
    });
  }

  /** One question for the time. */
  async exchange(): Promise<void> {
    const asked = this.#clock.now();
    const response = await this.#get("/clock");
    const answered = this.#clock.now();
    const { received, sent } = JSON.parse(await readText(response)) as ClockAnswer;
    if (Number.isFinite(received) && Number.isFinite(sent)) {
      this.clockOffset.add({ asked, received, sent, answered });
    }
  }

  /** The agent reads everything now; resolves when the readings have come, or take too long. */
  async readNow(): Promise<void> {
    const mark = `${(this.#asked += 1)}`;
    const over = new AbortController();
    const come = new Promise<void>((resolve) => this.#marks.set(mark, resolve));
    try {
      await readText(await this.#get(`/read?mark=${mark}`));
      const late = this.#clock.sleepUntil(this.#clock.now() + PATIENCE, over.signal);
      await Promise.race([come, late]);
    } finally {
      over.abort();
      this.#marks.delete(mark);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#stream?.destroy();
    this.#sockets.destroy();
  }

  #take(line: AgentLine, greet: (hello: Hello) => void): void {
    if (line.type === "hello") {
      if (line.protocol !== AGENT_PROTOCOL) {
        throw new Error(`the agent speaks protocol ${line.protocol}, not ${AGENT_PROTOCOL}`);
      }
      this.#hello = line;
      greet(line);
    } else if (line.type === "mark") this.#marks.get(line.mark)?.();
    else if (this.#hello !== undefined) this.#events.onReadings(line, this.#hello);
  }

  /** Answers when the headers are there. @throws what went wrong, the agent's words included */
  #get(path: string): Promise<IncomingMessage> {
    const { base, headers } = this.#address;
    if (this.#isClosed) return Promise.reject(new Error("closed"));
    return new Promise((resolve, reject) => {
      const send = base.startsWith("https:") ? getTls : get;
      const isStream = path === "/stream";
      const options = { headers, ...(isStream ? { agent: false } : { agent: this.#sockets }) };
      const request = send(`${base}${path}`, options, (response) => {
        clearTimeout(limit);
        if (response.statusCode === 200) {
          resolve(response);
          return;
        }
        void readText(response).then((text) => {
          reject(new Error(`${base}${path}: ${response.statusCode ?? "?"} ${text.trim()}`));
        }, reject);
      });
      const limit = setTimeout(() => {
        request.destroy(new Error(`${base}${path}: no answer within ${PATIENCE / 1e3} s`));
      }, PATIENCE);
      request.on("error", (error) => {
        clearTimeout(limit);
        reject(error);
      });
    });
  }
}
