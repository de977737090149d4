/** Requests as they go over the wire (RFC 9112, 3). */

export interface HttpRequest {
  readonly method: "GET" | "POST";
  /** Path and query, from the server's root. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A text goes as UTF-8, bytes as they are. */
  readonly body?: string | Buffer;
}

const PATH = /^[\x21-\x7e]+$/;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Line ends in a value would be headers, and requests, of somebody else's. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;
/** Ours to say: where the request ends, and what else the connection is for. */
const OURS = /^(content-length|transfer-encoding|trailer|te|upgrade|expect|keep-alive)$/;

/**
 * Writes requests of one server. What does not change from one to the next is written once.
 *
 * @param host of the `host` header
 * @param connection what becomes of the connection afterwards
 */
export class RequestWriter {
  readonly #defaults: Readonly<Record<string, string>>;
  #last: { readonly request: HttpRequest; readonly head: string } | undefined;

  constructor(host: string, connection: "close" | "keep-alive") {
    this.#defaults = { host, connection };
  }

  /** @throws Error for a path or a header that cannot be sent */
  text(request: HttpRequest): string | Buffer {
    const head = this.#head(request);
    const { body } = request;
    if (body === undefined && request.method === "GET") return `${head}\r\n`;
    const length = typeof body === "string" ? Buffer.byteLength(body) : (body?.length ?? 0);
    const whole = `${head}content-length: ${length}\r\n\r\n`;
    return typeof body === "object"
      ? Buffer.concat([Buffer.from(whole), body])
      : whole + (body ?? "");
  }

  #head(request: HttpRequest): string {
    const last = this.#last;
    if (last !== undefined && sameHead(last.request, request)) return last.head;
    const { method, path, headers } = request;
    if (!PATH.test(path)) throw new Error(`the path ${JSON.stringify(path)} cannot be sent`);
    const fields: Record<string, string> = { ...this.#defaults };
    for (const [name, value] of Object.entries(headers)) fields[name.toLowerCase()] = value;
    const lines = Object.entries(fields).map(lineOf);
    const head = `${method} ${path} HTTP/1.1\r\n${lines.join("")}`;
    this.#last = { request, head };
    return head;
  }
}

function sameHead(a: HttpRequest, b: HttpRequest): boolean {
  return a.headers === b.headers && a.path === b.path && a.method === b.method;
}

function lineOf([name, value]: readonly [string, string]): string {
  if (!TOKEN.test(name) || CONTROL.test(value) || OURS.test(name)) {
    throw new Error(`the header ${JSON.stringify(name)} cannot be sent`);
  }
  return `${name}: ${value}\r\n`;
}
