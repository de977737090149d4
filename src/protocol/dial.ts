/** Opens the socket for an address. */
import { connect, type OnReadOpts, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

export interface Address {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

/** @param origin scheme, host and port, as in `http://127.0.0.1:8080` */
export function addressOf(origin: string): Address {
  const { hostname, port, protocol } = new URL(origin);
  const secure = protocol === "https:";
  // WHATWG URLs keep the brackets of IPv6; sockets want none.
  const host = hostname.replace(/^\[|\]$/g, "");
  return { host, port: port === "" ? (secure ? 443 : 80) : Number(port), secure };
}

/**
 * Opens a connection, TLS included where the address is secure, without Nagle's delay. `onOpen` is
 * called once, never before `dial` has returned; not at all when cancelled before.
 *
 * @param onread where Node can, bytes go straight into this buffer and to its callback (which saves
 *   about 2 µs a read); where it cannot, they come as `data` events, so listen to those as well
 * @returns how to give up: closes the socket if it is not open yet
 */
export function dial(
  to: Address,
  onOpen: (error: Error | undefined, socket: Socket | undefined) => void,
  onread?: OnReadOpts,
): () => void {
  const { host, port, secure } = to;
  const where = { host, port, noDelay: true, ...(onread !== undefined && { onread }) };
  const socket = secure ? connectTls({ ...where, servername: host }) : connect(where);
  const failed = (error: Error): void => {
    onOpen(error, undefined);
  };
  socket.once("error", failed);
  socket.once(secure ? "secureConnect" : "connect", () => {
    socket.removeListener("error", failed);
    onOpen(undefined, socket);
  });
  return () => {
    socket.removeListener("error", failed);
    socket.on("error", () => undefined);
    socket.destroy();
  };
}
