/** Servers that a test listens with, and an end to all of them. */
import { once } from "node:events";
import type { ListenOptions, Server, Socket } from "node:net";

export class Listening {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  /** Listens on a free port of this host, or at this path; returns the port. */
  async listen(
    server: Server,
    at: ListenOptions = { host: "127.0.0.1", port: 0 },
  ): Promise<number> {
    this.#servers.push(server);
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    server.listen(at);
    await once(server, "listening");
    const address = server.address();
    return address !== null && typeof address === "object" ? address.port : 0;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closing = this.#servers.splice(0).filter(({ listening }) => listening);
    await Promise.all(
      closing.map(async (server) => {
        server.close();
        await once(server, "close");
      }),
    );
  }
}
