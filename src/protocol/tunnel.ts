/** Through an HTTP proxy to the server: one CONNECT, after which the socket is the server's. */
import type { Socket } from "node:net";
import { authorityOf, type Address, type Proxy } from "./address.ts";

/** A proxy that has not connected us after so many bytes of headers never will. */
const MAX_HEAD = 64 * 1024;

/** What a proxy did instead of connecting us. Its code is one of those that failure.ts knows. */
export class ProxyError extends Error {
  readonly code = "PROXY_FAILED";
}

/**
 * Asks over a socket that is connected to the proxy. The socket is left without listeners of ours.
 *
 * @param done with an error when the proxy refuses, answers no HTTP, or goes away
 */
export function tunnel(
  socket: Socket,
  proxy: Proxy,
  to: Address,
  done: (error?: ProxyError) => void,
): void {
  const target = authorityOf(to);
  const where = `the proxy ${authorityOf(proxy)}`;
  let head = "";
  const end = (error?: ProxyError): void => {
    socket.off("readable", read);
    socket.off("end", gone);
    socket.off("close", gone);
    done(error);
  };
  const gone = (): void => {
    end(new ProxyError(`${where} closed the connection instead of connecting us to ${target}`));
  };
  // Read by hand: nothing that comes after the head may be taken from the socket's next owner.
  const read = (): void => {
    for (let chunk = take(socket); chunk !== null; chunk = take(socket)) {
      head += chunk.toString("latin1");
      if (!head.includes("\r\n\r\n")) {
        if (head.length > MAX_HEAD) end(new ProxyError(`${where} sends headers without end`));
        continue;
      }
      end(refusalIn(head, where, target));
      return;
    }
  };
  socket.on("readable", read);
  socket.on("end", gone);
  socket.on("close", gone);
  const asked = [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`];
  if (proxy.authorization !== undefined) asked.push(`Proxy-Authorization: ${proxy.authorization}`);
  socket.write(`${asked.join("\r\n")}\r\n\r\n`);
}

function take(socket: Socket): Buffer | null {
  return socket.read() as Buffer | null;
}

const HINTS: Readonly<Record<string, string>> = {
  "407": "; it wants a user and a password: --proxy http://USER:PASSWORD@HOST:PORT",
  "403": "; it may allow CONNECT only to some hosts and ports",
  "405": "; it does not know CONNECT, which is how we ask for every target",
  "502": "; it cannot reach the server",
  "503": "; it cannot reach the server",
  "504": "; it cannot reach the server",
};

function refusalIn(head: string, where: string, target: string): ProxyError | undefined {
  const [line = ""] = head.split("\r\n");
  const [, status = "", words = ""] = /^HTTP\/1\.[01] (\d{3})(.*)$/.exec(line) ?? [];
  if (status === "") return new ProxyError(`${where} does not answer in HTTP`);
  if (!status.startsWith("2")) {
    const said = `HTTP ${status}${words.slice(0, 100)}${HINTS[status] ?? ""}`;
    return new ProxyError(`${where} did not connect us to ${target}: ${said}`);
  }
  const early = head.slice(head.indexOf("\r\n\r\n") + 4);
  return early === "" ? undefined : new ProxyError(`${where} sent bytes of its own to the tunnel`);
}
