/**
 * Opens the socket for an address: TCP or a unix socket, through a proxy where there is one, then
 * TLS. What it took, all of it, is a request's `connect` time. Every connection makes a handshake
 * of its own: TLS sessions are not resumed, so that connect times are alike.
 */
import { X509Certificate } from "node:crypto";
import { connect as connectNet, isIP, type OnReadOpts, type Socket } from "node:net";
import {
  checkServerIdentity,
  connect as connectTls,
  createSecureContext,
  type ConnectionOptions as TlsOptions,
  type PeerCertificate,
  type SecureContext,
} from "node:tls";
import { codeOf, ownLimit } from "../core/own-limits.ts";
import { authorityOf, type Address, type Proxy } from "./address.ts";
import { ProxyError, tunnel } from "./tunnel.ts";

export { addressOf, type Address } from "./address.ts";

/**
 * Called once, unless cancelled: with an error, or with a socket that can be written to. Whoever is
 * given the socket listens for its errors from then on.
 */
export type OnOpen = (error: Error | undefined, socket: Socket | undefined) => void;

/** The system looks after a silent connection when it has been silent for so long, ms. */
const PROBE_AFTER = 60_000;

/**
 * Starts connecting; `onOpen` is never called before this has returned.
 *
 * @param onread where Node can, bytes go straight into this buffer and to its callback (which saves
 *   about 2 µs a read); where it cannot, they come as `data` events, so listen to those as well
 * @returns how to give up: closes what is not open yet, and `onOpen` is not called any more
 */
export function dial(to: Address, onOpen: OnOpen, onread?: OnReadOpts): () => void {
  const opening = new Opening(to, onOpen);
  if (to.proxy === undefined) opening.directly(onread);
  else opening.through(to.proxy);
  return () => {
    opening.giveUp();
  };
}

class Opening {
  readonly #to: Address;
  readonly #onOpen: OnOpen;
  #socket: Socket | undefined;
  #over = false;

  constructor(to: Address, onOpen: OnOpen) {
    this.#to = to;
    this.#onOpen = onOpen;
  }

  directly(onread: OnReadOpts | undefined): void {
    const place = { ...placeOf(this.#to), ...(onread !== undefined && { onread }) };
    if (this.#to.secure) this.#secure(place);
    else this.#wait(connectNet(place), "connect");
  }

  through(proxy: Proxy): void {
    const socket = connectNet(placeOf(proxy));
    this.#socket = socket;
    const failed = (error: Error): void => {
      const said = readable(error);
      const words = `cannot reach the proxy ${authorityOf(proxy)}: ${said.message}`;
      this.#fail(ownLimit(codeOf(error)) === undefined ? new ProxyError(words) : said);
    };
    socket.on("error", failed);
    socket.once("connect", () => {
      tunnel(socket, proxy, this.#to, (error) => {
        socket.off("error", failed);
        if (error !== undefined) this.#fail(error);
        else if (this.#to.secure) this.#secure({ socket });
        else this.#open(socket);
      });
    });
  }

  giveUp(): void {
    if (this.#over) return;
    this.#over = true;
    this.#discard();
  }

  #secure(over: TlsOptions): void {
    // What happens to a socket underneath from here on, the one above tells.
    over.socket?.on("error", () => undefined);
    this.#wait(connectTls({ ...over, ...securityOf(this.#to) }), "secureConnect");
  }

  #wait(socket: Socket, opened: "connect" | "secureConnect"): void {
    this.#socket = socket;
    const failed = (error: Error): void => {
      this.#fail(readable(error));
    };
    socket.on("error", failed);
    socket.once(opened, () => {
      this.#open(socket);
      socket.off("error", failed);
    });
  }

  #open(socket: Socket): void {
    if (this.#over) return;
    this.#over = true;
    this.#onOpen(undefined, socket);
  }

  #fail(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#discard();
    this.#onOpen(error, undefined);
  }

  /** What else goes wrong with it is of no interest any more, but somebody must listen. */
  #discard(): void {
    this.#socket?.on("error", () => undefined);
    this.#socket?.destroy();
  }
}

interface Place {
  readonly host: string;
  readonly port: number;
  readonly unixSocket?: string;
}

function placeOf({ host, port, unixSocket }: Place) {
  const usual = { noDelay: true, keepAlive: true, keepAliveInitialDelay: PROBE_AFTER };
  return unixSocket === undefined ? { ...usual, host, port } : { ...usual, path: unixSocket };
}

function securityOf(to: Address): TlsOptions {
  const name = to.servername ?? to.host;
  return {
    secureContext: contextOf(to),
    // IP addresses cannot be sent as names (RFC 6066), but certificates can have them.
    ...(isIP(name) === 0 && { servername: name }),
    checkServerIdentity: (_host, certificate) => identityError(name, certificate),
    // Said outright, so that NODE_TLS_REJECT_UNAUTHORIZED cannot switch it off without a word.
    rejectUnauthorized: to.insecure !== true,
    ALPNProtocols: ["http/1.1"],
  };
}

/** OpenSSL compares addresses: Node 22.23 takes an IPv6 address for a name, and refuses it. */
function identityError(name: string, certificate: PeerCertificate): Error | undefined {
  const isFor = isIP(name) !== 0 && new X509Certificate(certificate.raw).checkIP(name) === name;
  return isFor ? undefined : checkServerIdentity(name, certificate);
}

/** One for each address: reading certificates costs more than the connection. */
const contexts = new WeakMap<Address, SecureContext>();

function contextOf(to: Address): SecureContext {
  const known = contexts.get(to);
  if (known !== undefined) return known;
  const { ca, cert, key } = to;
  const made = createSecureContext({
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  });
  contexts.set(to, made);
  return made;
}

/** A name with several addresses fails with one error for each of them, and no words of its own. */
function readable(error: Error): Error {
  if (!(error instanceof AggregateError) || error.message !== "") return error;
  const errors = error.errors as readonly NodeJS.ErrnoException[];
  const words = [...new Set(errors.map(({ message }) => message))].join("; ");
  return Object.assign(new Error(words, { cause: error }), { code: codeOf(error) });
}
