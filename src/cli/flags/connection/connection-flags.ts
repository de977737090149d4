/** The flags that say how a running server is connected to. */
import type { FlagTable } from "../flags.ts";

export const CONNECTION_FLAGS = {
  cacert: {
    kind: "text",
    value: "FILE",
    about: "PEM certificates of the authorities to trust, instead of the usual ones",
  },
  cert: { kind: "text", value: "FILE", about: "our client certificate (PEM)" },
  key: { kind: "text", value: "FILE", about: "its key (PEM); default: it is in the same file" },
  servername: {
    kind: "text",
    value: "NAME",
    about: "the server's name in TLS (SNI, and in its certificate); default: the host",
  },
  insecure: { kind: "switch", about: "do NOT verify the server's certificate" },
  "unix-socket": {
    kind: "text",
    value: "PATH",
    about: "connect to this socket; the default --target is then http://localhost",
  },
  proxy: {
    kind: "text",
    value: "URL",
    about: 'HTTP proxy; "" for none (default: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY)',
  },
} as const satisfies FlagTable;
