/**
 * A server of a known law on a real socket: chat completions, streamed. When a request is begun with
 * and when it is done follows from the law alone, never from when a timer of ours fired, so that the
 * lateness of timers adds up to nothing.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { randomStream } from "../src/core/random.ts";
import type { Law, Served } from "./capacity-laws.ts";

export interface LawServer {
  readonly url: string;
  close(): Promise<void>;
}

export async function startLawServer(law: Law, seed: number): Promise<LawServer> {
  const random = randomStream("law-server", law.name, seed);
  const serve = law.open();
  const server = createServer((request, response) => {
    const arrived = performance.now() / 1000;
    request.resume().once("end", () => {
      if (request.method === "POST" && request.url === "/v1/chat/completions")
        answer(response, arrived, serve(arrived, random));
      else response.writeHead(404).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => {
        resolve();
      });
    });
  return { url: `http://127.0.0.1:${port}`, close };
}

function answer(response: ServerResponse, arrived: number, { ok, wait, end }: Served): void {
  if (!ok) {
    response.writeHead(429, { "retry-after": "1" }).end('{"error":{"message":"not now"}}');
    return;
  }
  at(arrived + wait, () => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write('data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n');
    at(end, () => {
      finish(response);
    });
  });
}

function finish(response: ServerResponse): void {
  response.write('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n');
  response.write('data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}\n\n');
  response.end("data: [DONE]\n\n");
}

function at(seconds: number, run: () => void): void {
  setTimeout(run, Math.max(0, seconds * 1000 - performance.now()));
}
