/** A response as our parser reads it, cut as the test says. */
import { NotHttp } from "../../../src/protocol/http1/head.ts";
import { ResponseParser } from "../../../src/protocol/http1/response-parser.ts";

export interface OurResponse {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly complete: boolean;
  /** Bytes that belong to it, when it is complete. */
  readonly length: number;
  /** Why it was refused. */
  readonly refused: string | undefined;
}

/** @param cuts ascending places at which the network cuts the bytes */
export function readByUs(
  bytes: Buffer,
  closes: boolean,
  cuts: readonly number[] = [],
): OurResponse {
  const read: { -readonly [K in keyof OurResponse]: OurResponse[K] } = { ...NOTHING };
  const parser = new ResponseParser({
    head: ({ status, headers }) => {
      read.status = status;
      read.headers = { ...headers };
    },
    data: (data) => (read.body += data.toString("latin1")),
    end: () => (read.complete = true),
  });
  let taken = 0;
  try {
    const borders = [0, ...cuts, bytes.length];
    for (const [i, to] of borders.slice(1).entries()) {
      if (!read.complete) taken = parser.push(bytes, borders[i] ?? 0, to, i);
    }
    if (closes) parser.close(0);
  } catch (error) {
    if (!(error instanceof NotHttp)) throw error;
    read.refused = error.message;
  }
  if (read.complete) read.length = taken;
  return read;
}

const NOTHING: OurResponse = {
  status: undefined,
  headers: {},
  body: "",
  complete: false,
  length: 0,
  refused: undefined,
};
