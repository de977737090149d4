/**
 * Errors of the operating system that say that *this* machine or process has run out of something.
 * They are never the server's fault, whatever was asked of it.
 */

/** What has run out, and the command that raises the limit. */
export interface OwnLimit {
  readonly what: string;
  readonly lift: string;
}

const OPEN_FILES: OwnLimit = {
  what: "this process may not open more files and connections",
  lift: "raise the limit: ulimit -n 65536 (in a container: --ulimit nofile=65536:65536)",
};

const OWN_LIMITS: Readonly<Record<string, OwnLimit>> = {
  EMFILE: OPEN_FILES,
  ENFILE: {
    what: "this machine has too many open files",
    lift: "raise the limit: sysctl -w fs.file-max=2097152",
  },
  EADDRNOTAVAIL: {
    what: "this machine has no local port (or no address) left for another connection",
    lift: 'widen the range: sysctl -w net.ipv4.ip_local_port_range="1024 65535"',
  },
  ENOBUFS: {
    what: "this machine's network has no buffers left",
    lift: "raise the limits: sysctl net.ipv4.tcp_mem net.core.wmem_max shows them",
  },
  ENOMEM: {
    what: "this machine has no memory left",
    lift: "stop other programs, or use a machine (or a container) with more memory",
  },
};

/** Undefined for every other code. */
export function ownLimit(code: string): OwnLimit | undefined {
  return Object.hasOwn(OWN_LIMITS, code) ? OWN_LIMITS[code] : undefined;
}

/** The same from the words of an error whose code was lost, as on the way out of a thread. */
export function ownLimitIn(message: string): OwnLimit | undefined {
  const [, code = ""] = /\b(E[A-Z]{4,})\b/.exec(message) ?? [];
  return ownLimit(code);
}

/**
 * The code of a system error, wherever in the chain of causes it is. Of an attempt at several
 * addresses (`localhost` is two) it is that of the server, if there is one: that this machine has no
 * IPv6 is no reason when nothing listens on IPv4.
 */
export function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof AggregateError) {
      const codes = at.errors.map(codeOf).filter((code) => code !== "");
      if (codes.length > 0)
        return codes.find((code) => ownLimit(code) === undefined) ?? codes[0] ?? "";
    }
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return "";
}
