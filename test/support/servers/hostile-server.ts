/** A server whose every connection is played by a function, as rudely as it likes. */
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";

export interface HostileConnection {
  /** False once the client has gone. */
  readonly open: boolean;
  readonly closed: Promise<unknown>;
  /** Resolves when the client has taken it, or has gone. */
  send(bytes: string | Buffer): Promise<void>;
  /** A byte at a time, so many ms apart. */
  drip(text: string, ms: number): Promise<void>;
  end(): void;
  /** Lets what was sent arrive first. */
  reset(): Promise<void>;
}

export type Misbehave = (connection: HostileConnection) => Promise<void>;

export interface HostileServer {
  readonly origin: string;
  readonly requests: number;
  close(): Promise<void>;
}

export async function hostileServer(misbehave: Misbehave): Promise<HostileServer> {
  const sockets = new Set<Socket>();
  let requests = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.once("data", () => {
      requests += 1;
      void misbehave(connectionOf(socket));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    get requests() {
      return requests;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function connectionOf(socket: Socket): HostileConnection {
  const gone = new Promise<void>((resolve) => {
    socket.once("close", () => {
      resolve();
    });
  });
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const send = async (bytes: string | Buffer): Promise<void> => {
    if (socket.destroyed) return;
    const taken = new Promise<void>((resolve) => {
      socket.write(bytes, () => {
        resolve();
      });
    });
    await Promise.race([taken, gone]);
  };
  return {
    get open() {
      return !socket.destroyed;
    },
    closed: gone,
    send,
    async drip(text, ms) {
      for (const byte of Buffer.from(text)) {
        if (socket.destroyed) return;
        await send(Buffer.from([byte]));
        await Promise.race([pause(ms), gone]);
      }
    },
    end: () => {
      socket.end();
    },
    async reset() {
      await pause(20);
      socket.resetAndDestroy();
    },
  };
}
