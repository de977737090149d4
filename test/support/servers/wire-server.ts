/**
 * A server with control over every byte and delay: it plays a script on a raw socket, whatever is
 * asked of it. For what a real server cannot be made to do on command.
 */
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

export type WireStep =
  | { readonly send: string | Buffer }
  | { readonly wait: number }
  /** Wait until the test resolves it. */
  | { readonly until: Promise<unknown> }
  | { readonly end: true }
  | { readonly reset: true };

export interface WireServer {
  readonly origin: string;
  /** The requests received so far, as text. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Plays `script(n)` to the n-th connection once its request has arrived. */
export async function wireServer(script: (n: number) => readonly WireStep[]): Promise<WireServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    let received = "";
    socket.on("data", (data) => {
      received += data.toString("latin1");
      if (!complete(received)) return;
      const request = received;
      received = "";
      requests.push(request);
      void play(socket, script(requests.length - 1));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
}

function complete(request: string): boolean {
  const head = request.indexOf("\r\n\r\n");
  if (head < 0) return false;
  const length = /content-length: (\d+)/i.exec(request.slice(0, head))?.[1] ?? "0";
  return request.length - head - 4 >= Number(length);
}

async function play(socket: Socket, steps: readonly WireStep[]): Promise<void> {
  for (const step of steps) {
    if (socket.destroyed) return;
    if ("send" in step) socket.write(step.send);
    else if ("wait" in step) await new Promise((resolve) => setTimeout(resolve, step.wait));
    else if ("until" in step) await step.until;
    else if ("reset" in step) socket.resetAndDestroy();
    else socket.end();
  }
}

/** The head of a chunked event stream. */
export const STREAM_HEAD =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

/** One HTTP chunk. */
export function httpChunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

export const LAST_CHUNK = "0\r\n\r\n";
