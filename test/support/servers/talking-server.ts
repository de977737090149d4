/** A server that answers every complete request on its connections, with whatever bytes it likes. */
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";

export interface TalkingServer {
  readonly origin: string;
  /** As text, complete ones only. */
  readonly requests: readonly string[];
  readonly sockets: readonly Socket[];
  readonly connections: number;
  onConnection: (socket: Socket) => void;
  close(): Promise<void>;
}

export async function talkingServer(
  answer: (request: string, socket: Socket) => void,
): Promise<TalkingServer> {
  const sockets: Socket[] = [];
  const requests: string[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    talking.onConnection(socket);
    let pending = "";
    socket.on("data", (bytes) => {
      pending += bytes.toString("latin1");
      for (let end = endOf(pending); end !== undefined; end = endOf(pending)) {
        const request = Buffer.from(pending.slice(0, end), "latin1").toString("utf8");
        pending = pending.slice(end);
        requests.push(request);
        answer(request, socket);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const talking: TalkingServer = {
    origin: `http://127.0.0.1:${port}`,
    requests,
    sockets,
    get connections() {
      return sockets.length;
    },
    onConnection: () => undefined,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return talking;
}

function endOf(text: string): number | undefined {
  const head = text.indexOf("\r\n\r\n");
  if (head < 0) return undefined;
  const end = head + 4 + Number(/content-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? "0");
  return text.length >= end ? end : undefined;
}
