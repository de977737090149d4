/** Which proxy stands between us and a server: by curl's rules, so that it is what people expect. */
import { BlockList, isIP } from "node:net";
import { usageError } from "../../../core/errors.ts";
import type { Proxy } from "../../../protocol/address.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface ChosenProxy {
  readonly proxy: Proxy;
  /** `--proxy`, or the variable that names it. */
  readonly source: string;
  /** Its password as written and as sent; never to be shown. */
  readonly secrets: readonly string[];
}

/**
 * `asked` (--proxy; empty for none), else `http_proxy` or `https_proxy` by the target's scheme, else
 * `all_proxy`, each also in capitals. None of them for what `no_proxy` names, and the variables not
 * for this machine's loopback.
 *
 * @throws usage error for a proxy that is not one we can use
 */
export function chooseProxy(
  target: URL,
  asked: string | undefined,
  env: Environment,
): ChosenProxy | undefined {
  const host = target.hostname.replace(/^\[|\]$/g, "");
  const scheme = target.protocol.slice(0, -1);
  if (asked === "" || isExcepted(host, valueOf(env, "no_proxy")?.value ?? "")) return undefined;
  if (asked !== undefined) return chosen("--proxy", asked);
  if (isLoopback(host)) return undefined;
  const found = valueOf(env, `${scheme}_proxy`) ?? valueOf(env, "all_proxy");
  return found === undefined ? undefined : chosen(found.name, found.value);
}

function valueOf(env: Environment, name: string): { name: string; value: string } | undefined {
  for (const spelling of [name, name.toUpperCase()]) {
    const value = env[spelling];
    if (value !== undefined && value !== "") return { name: spelling, value };
  }
  return undefined;
}

function chosen(source: string, text: string): ChosenProxy {
  const [, scheme = "http", rest = ""] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/i.exec(text) ?? [];
  // A scheme of our own, because URLs drop the port that is the usual one of theirs.
  const url = URL.canParse(`proxy://${rest}`) ? new URL(`proxy://${rest}`) : undefined;
  if (scheme.toLowerCase() !== "http" || url === undefined || url.hostname === "") {
    throw usageError(
      `${source} does not name an HTTP proxy that we can use`,
      'Write http://[USER:PASSWORD@]HOST[:PORT]; other kinds (https, socks) are not known. --proxy "" goes without.',
    );
  }
  const { username, password, hostname, port } = url;
  // The port is curl's default.
  const place = {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? 1080 : Number(port),
  };
  if (username + password === "") return { proxy: place, source, secrets: [] };
  const user = `${decoded(username)}:${decoded(password)}`;
  const basic = Buffer.from(user).toString("base64");
  const proxy = { ...place, authorization: `Basic ${basic}` };
  return { proxy, source, secrets: [password, decoded(password), basic] };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign that encodes nothing
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || /^(127\.|::1$)/.test(host);
}

/** Names cover their subdomains, a leading dot changes nothing; addresses may be networks; `*`. */
function isExcepted(host: string, list: string): boolean {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => entry === "*" || covers(entry, host));
}

function covers(entry: string, host: string): boolean {
  if (isIP(host) > 0) return coversAddress(entry.replace(/^\[|\]$/g, ""), host);
  const name = entry.replace(/^\.+|\.+$/g, "");
  return host === name || host.endsWith(`.${name}`);
}

function coversAddress(entry: string, host: string): boolean {
  const [network = "", bits] = entry.split("/");
  const family = isIP(network) === 6 ? "ipv6" : "ipv4";
  const prefix = bits === undefined ? (family === "ipv6" ? 128 : 32) : Number(bits);
  if (isIP(network) !== isIP(host) || !Number.isInteger(prefix)) return false;
  if (prefix < 0 || prefix > (family === "ipv6" ? 128 : 32)) return false;
  const block = new BlockList();
  block.addSubnet(network, prefix, family);
  return block.check(host, family);
}
