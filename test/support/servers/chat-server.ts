/** A chat server whose every answer the test decides, by the request's text and number. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ChatAnswer {
  /** Default 200: a stream of these pieces of text. */
  readonly pieces?: readonly (string | Buffer)[];
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly finish?: string;
}

export interface ChatServer {
  readonly origin: string;
  close(): Promise<void>;
}

/** @param answer handed the last message's text, and how many requests there were before */
export async function chatServer(
  answer: (asked: string, n: number) => ChatAnswer,
): Promise<ChatServer> {
  let n = 0;
  const server = createServer((request, response) => {
    // Those who want to know what server this is learn nothing.
    if (request.method !== "POST") {
      response.writeHead(404).end();
      return;
    }
    void bodyOf(request).then((body) => {
      const { messages = [] } = JSON.parse(body) as { messages?: { content: string }[] };
      if (messages.length === 0) response.writeHead(404).end();
      else reply(response, answer(messages.at(-1)?.content ?? "", n++));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
}

function reply(response: ServerResponse, answer: ChatAnswer): void {
  const { pieces = ["fine"], status = 200, headers = {}, finish = "stop" } = answer;
  if (status !== 200) {
    response.writeHead(status, headers).end(JSON.stringify({ error: { message: "not now" } }));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream", connection: "close", ...headers });
  for (const piece of pieces) response.write(event({ content: piece }));
  response.write(`data: {"choices":[{"index":0,"delta":{},"finish_reason":"${finish}"}]}\n\n`);
  response.end("data: [DONE]\n\n");
}

/** A buffer goes into the JSON as it is, so that bytes can be broken. */
function event({ content }: { readonly content: string | Buffer }): Buffer {
  const text = typeof content === "string" ? JSON.stringify(content).slice(1, -1) : content;
  return Buffer.concat([
    Buffer.from('data: {"choices":[{"index":0,"delta":{"content":"'),
    Buffer.from(text),
    Buffer.from('"}}]}\n\n'),
  ]);
}
