/**
 * A server whose every byte has a known time: it plays scripts on raw sockets and keeps what it
 * really did, on the clock that the client measures with. What is measured of it must be what was
 * scripted; what is not is the client's error.
 */
import { createServer, type AddressInfo, type Socket } from "node:net";
import type { Clock } from "../../core/clock.ts";
import { Agenda } from "./agenda.ts";
import { playStream, type StreamTruth } from "./play-stream.ts";
import { readRequests, type RawRequest } from "./read-requests.ts";
import { DEFAULT_SCRIPT, readScript, type StreamScript } from "./stream-script.ts";

export interface ScriptedOptions {
  readonly clock: Clock;
  /** 0 for any free port; on loopback. */
  readonly port: number;
  /** What a request without a script of its own plays. */
  readonly defaults: Partial<StreamScript>;
}

export interface ScriptedListener {
  readonly url: string;
  close(): void;
}

type Fields = Readonly<Record<string, unknown>>;

export async function listenScripted(options: ScriptedOptions): Promise<ScriptedListener> {
  const sockets = new Set<Socket>();
  const service = new ScriptedService(options);
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    readRequests(socket, (request) => {
      service.answer(socket, request);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port: options.port, host: "127.0.0.1", backlog: 4096 }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

class ScriptedService {
  readonly #clock: Clock;
  readonly #agenda: Agenda;
  readonly #defaults: StreamScript;
  #truth: StreamTruth[] = [];

  constructor({ clock, defaults }: ScriptedOptions) {
    this.#clock = clock;
    this.#agenda = new Agenda(clock);
    this.#defaults = { ...DEFAULT_SCRIPT, ...defaults };
  }

  answer(socket: Socket, request: RawRequest): void {
    const received = this.#clock.now();
    const [path = "", query = ""] = request.path.split("?");
    switch (`${request.method} ${path}`) {
      case "POST /v1/chat/completions":
        this.#chat(socket, parse(request.body), received);
        break;
      case "GET /health":
        respond(socket, HEALTH);
        break;
      case "GET /v1/models":
        respond(socket, json({ object: "list", data: [MODEL] }));
        break;
      case "POST /tokenize":
        respond(socket, json({ tokens: words(parse(request.body)["content"]).map((_, i) => i) }));
        break;
      case "GET /truth":
        respond(socket, json({ streams: this.#truth }));
        this.#truth = [];
        break;
      case "POST /freeze":
        respond(socket, json({ ok: true }));
        setImmediate(freeze, Number(query.replace("ms=", "")));
        break;
      default:
        respond(socket, json({ error: { code: 404, message: "not found" } }), "404 Not Found");
    }
  }

  #chat(socket: Socket, body: Fields, received: number): void {
    const promptTokens = promptWords(body["messages"]);
    const script = readScript(body["plimsoll_script"], body["max_tokens"], this.#defaults);
    if (body["stream"] !== true) {
      respond(socket, wholeAnswer(script.tokens, promptTokens));
      return;
    }
    const truth: StreamTruth = { id: script.id ?? "", received, events: [], blocked: false };
    if (script.id !== undefined) this.#truth.push(truth);
    const playing = { socket, promptTokens, clock: this.#clock, agenda: this.#agenda };
    playStream(script, truth, playing, () => undefined);
  }
}

/** Stops this whole process for so long, ms, as a server does that swaps or collects garbage. */
function freeze(ms: number): void {
  if (ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

const MODEL = { id: "scripted", object: "model", created: 0, owned_by: "plimsoll-scripted" };

function wholeAnswer(tokens: number, promptTokens: number): string {
  const content = " word".repeat(tokens);
  return json({
    id: "chatcmpl-scripted",
    object: "chat.completion",
    created: 0,
    model: "scripted",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "length" }],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: tokens,
      total_tokens: promptTokens + tokens,
    },
  });
}

function json(value: object): string {
  return JSON.stringify(value);
}

const HEALTH = json({ status: "ok" });

function respond(socket: Socket, body: string, status = "200 OK"): void {
  socket.write(
    `HTTP/1.1 ${status}\r\nserver: plimsoll-scripted\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function parse(body: string): Fields {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Fields) : {};
  } catch {
    return {};
  }
}

/** Our tokenizer: a word is a token. */
function words(text: unknown): readonly string[] {
  return typeof text === "string" ? text.split(/\s+/).filter((word) => word !== "") : [];
}

function promptWords(messages: unknown): number {
  if (!Array.isArray(messages)) return 0;
  return messages.reduce<number>(
    (sum, message: Fields | null) => sum + words(message?.["content"]).length,
    0,
  );
}
