/** Where a server is and how connections to it are made; plain data, so that threads can have it. */

/** What the user said about connections. Absent everything: plain TCP, or TLS by the system's CAs. */
export interface ConnectionOptions {
  /** PEM certificates of the authorities that are trusted instead of the usual ones. */
  readonly ca?: string;
  /** PEM certificate (chain) and key that say who we are. */
  readonly cert?: string;
  readonly key?: string;
  /** Name that is sent to the server (SNI) and looked for in its certificate. Absent: the host. */
  readonly servername?: string;
  /** The server's certificate is not verified. */
  readonly insecure?: boolean;
  /** Path of the socket to connect to, instead of host and port. */
  readonly unixSocket?: string;
  /** Connects us to the server (HTTP CONNECT), whatever the scheme. */
  readonly proxy?: Proxy;
}

export interface Proxy {
  readonly host: string;
  readonly port: number;
  /** `Basic ...`; absent without credentials. Secret. */
  readonly authorization?: string;
}

export interface Address extends ConnectionOptions {
  /** Name or IP address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** TLS. */
  readonly secure: boolean;
}

/** @param origin scheme, host and port, as in `http://127.0.0.1:8080` */
export function addressOf(origin: string, options: ConnectionOptions = {}): Address {
  const { hostname, port, protocol } = new URL(origin);
  const secure = protocol === "https:";
  // WHATWG URLs keep the brackets of IPv6; sockets want none.
  const host = hostname.replace(/^\[|\]$/g, "");
  return { host, port: port === "" ? (secure ? 443 : 80) : Number(port), secure, ...options };
}

/** `host:port` as it stands in URLs and in the `Host` header of a proxy's request. */
export function authorityOf({ host, port }: Pick<Address, "host" | "port">): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
