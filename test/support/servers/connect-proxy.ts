/** A small but real HTTP proxy: it connects its clients to whatever they ask for. */
import { createServer } from "node:http";
import { connect, type Server, type Socket } from "node:net";

export interface ConnectProxy {
  readonly server: Server;
  /** What it was asked to connect to, in order. */
  readonly asked: readonly string[];
}

export interface ProxyRules {
  /** `user:password` that clients have to give. */
  readonly user?: string;
  /** Refuses everything with this status line's end, e.g. `502 Bad Gateway`. */
  readonly refusal?: string;
}

export function connectProxy({ user, refusal }: ProxyRules = {}): ConnectProxy {
  const asked: string[] = [];
  const server = createServer((_request, response) => response.writeHead(400).end());
  server.on("connect", (request, client: Socket) => {
    const target = request.url ?? "";
    asked.push(target);
    client.on("error", () => undefined);
    const refuse = (why: string): void => {
      client.end(`HTTP/1.1 ${why}\r\nContent-Length: 0\r\n\r\n`);
    };
    const given = request.headers["proxy-authorization"];
    const wanted = user === undefined ? given : `Basic ${Buffer.from(user).toString("base64")}`;
    if (given !== wanted) {
      refuse("407 Proxy Authentication Required");
      return;
    }
    if (refusal !== undefined) {
      refuse(refusal);
      return;
    }
    const { hostname, port } = new URL(`http://${target}`);
    const upstream = connect(Number(port === "" ? 80 : port), hostname.replace(/^\[|\]$/g, ""));
    upstream.on("connect", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.pipe(upstream).pipe(client);
    });
    upstream.on("error", () => {
      refuse("502 Bad Gateway");
    });
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  return { server, asked };
}
