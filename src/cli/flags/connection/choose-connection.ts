/** From flags to how a running server is connected to; what contradicts is refused. */
import { resolve } from "node:path";
import { usageError } from "../../../core/errors.ts";
import { authorityOf, type ConnectionOptions } from "../../../protocol/address.ts";
import { present } from "../../../core/present.ts";
import type { Flags } from "../flags.ts";
import type { Note } from "../../../session/run/note.ts";
import type { World } from "../../world.ts";
import { chooseProxy, type ChosenProxy } from "./choose-proxy.ts";
import { readAuthorities, readClientCertificate } from "./read-certificates.ts";
import { CONNECTION_FLAGS } from "./connection-flags.ts";

const TLS_FLAGS = ["cacert", "cert", "key", "servername", "insecure"] as const;

export interface ChosenConnection {
  readonly connection: ConnectionOptions;
  /** What every reader of the run has to know of it. */
  readonly notes: readonly Note[];
  readonly secrets: readonly string[];
}

/** @throws usage error when a flag is given that only running servers take */
export function refuseConnectionFlags(flags: Flags, target: string): void {
  const given = Object.keys(CONNECTION_FLAGS).find((name) => flags.on(name));
  if (given === undefined) return;
  throw usageError(
    `--${given} is for a running server, and --target is ${target}`,
    "We connect to servers that we start ourselves as we started them. Give the URL: --target URL.",
  );
}

/** @throws usage errors: bad files, flags that contradict each other or the URL */
export function chooseConnection(flags: Flags, target: URL, world: World): ChosenConnection {
  refuseContradictions(flags, target);
  const { cwd, env } = world;
  const cacert = flags.text("cacert");
  const cert = flags.text("cert");
  const socket = flags.text("unix-socket");
  const chosen = socket === undefined ? chooseProxy(target, flags.text("proxy"), env) : undefined;
  const client = cert === undefined ? {} : readClientCertificate(cert, flags.text("key"), cwd);
  const connection: ConnectionOptions = present({
    ca: cacert === undefined ? undefined : readAuthorities(cacert, cwd),
    ...client,
    servername: flags.text("servername"),
    insecure: flags.on("insecure") ? true : undefined,
    unixSocket: socket === undefined ? undefined : socketAt(resolve(cwd, socket)),
    proxy: chosen?.proxy,
  });
  const notes = [...insecureNote(flags), ...proxyNotes(flags, target, chosen)];
  return { connection, notes, secrets: chosen?.secrets ?? [] };
}

function refuseContradictions(flags: Flags, target: URL): void {
  const tls = TLS_FLAGS.find((name) => flags.on(name));
  if (tls !== undefined && target.protocol !== "https:") {
    throw usageError(
      `--${tls} is for TLS, and --target is ${target.protocol}//`,
      "Give the target as https://HOST:PORT, or leave the flag out.",
    );
  }
  if (flags.on("key") && !flags.on("cert")) {
    throw usageError("--key is given without --cert", "Give our certificate too: --cert FILE.");
  }
  if (flags.on("insecure") && flags.on("cacert")) {
    throw usageError("--insecure and --cacert contradict each other", "Leave one of them out.");
  }
  if (flags.on("unix-socket") && (flags.text("proxy") ?? "") !== "") {
    throw usageError(
      "--unix-socket and --proxy contradict each other",
      "A proxy cannot connect us to a socket of this machine.",
    );
  }
}

/** The system's limit of a socket's path, bytes: 108 on Linux, 104 on macOS, a zero included. */
const LONGEST_SOCKET = 103;

function socketAt(path: string): string {
  if (Buffer.byteLength(path) <= LONGEST_SOCKET) return path;
  throw usageError(
    `--unix-socket: the path is longer than the ${LONGEST_SOCKET} bytes that systems allow: ${path}`,
    "Make a symbolic link to it that has a shorter path.",
  );
}

function insecureNote(flags: Flags): readonly Note[] {
  if (!flags.on("insecure")) return [];
  const message =
    "--insecure: the server's certificate is NOT verified; whoever answers under its address is " +
    "measured, and gets the API key";
  return [{ code: "tls_not_verified", message }];
}

function proxyNotes(flags: Flags, { host }: URL, chosen: ChosenProxy | undefined): readonly Note[] {
  if (chosen !== undefined) {
    const message = `every connection goes through the proxy ${authorityOf(chosen.proxy)} (${chosen.source}): its time is in every figure`;
    return [{ code: "through_proxy", message }];
  }
  if ((flags.text("proxy") ?? "") === "" || flags.on("unix-socket")) return [];
  return [{ code: "proxy_unused", message: `--proxy is not used: NO_PROXY names ${host}` }];
}

/** `unix socket PATH`, `proxy HOST:PORT`: what the URL alone does not tell. */
export function wayOf({ unixSocket, proxy }: ConnectionOptions): string | undefined {
  if (unixSocket !== undefined) return `unix socket ${unixSocket}`;
  return proxy === undefined ? undefined : `proxy ${authorityOf(proxy)}`;
}
