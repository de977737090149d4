import type { Socket } from "node:net";

export interface RawRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly body: string;
}

const HEAD_END = Buffer.from("\r\n\r\n");

/**
 * Calls `take` with every request that is complete on the socket. Knows as much of HTTP/1.1 as the
 * clients of a measuring server need: bodies with a length, connections that stay open.
 */
export function readRequests(socket: Socket, take: (request: RawRequest) => void): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.on("data", (data: Buffer) => {
    pending = pending.length === 0 ? data : Buffer.concat([pending, data]);
    for (let request = next(); request !== undefined; request = next()) take(request);
  });

  function next(): RawRequest | undefined {
    const headEnd = pending.indexOf(HEAD_END);
    if (headEnd < 0) return undefined;
    const head = pending.toString("latin1", 0, headEnd);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? "0");
    const end = headEnd + HEAD_END.length + length;
    if (pending.length < end) return undefined;
    const body = pending.toString("utf8", headEnd + HEAD_END.length, end);
    pending = pending.subarray(end);
    const [method = "", path = ""] = head.split(" ", 2);
    return { method, path, body };
  }
}
