/** A response as Node's own parser (llhttp, strict) reads it, for comparison with ours. */
import { request, type IncomingMessage } from "node:http";
import { Duplex } from "node:stream";

export interface ReadResponse {
  readonly status: number | undefined;
  readonly body: string;
  /** Came to its end. */
  readonly complete: boolean;
}

/** @param closes whether the connection ends behind the bytes */
export function readByNode(bytes: Buffer, closes: boolean): Promise<ReadResponse> {
  return new Promise((resolve) => {
    let status: number | undefined;
    let body = "";
    let complete = false;
    const answer = (): void => {
      wire.push(bytes);
      if (closes) wire.push(null);
      // Whatever is to happen has happened when the streams have had a few turns.
      else afterTurns(4, settle);
    };
    const wire = new Duplex({
      read: () => undefined,
      write: (_request, _encoding, done) => {
        done();
        setImmediate(answer);
      },
    });
    const settle = (): void => {
      wire.destroy();
      resolve({ status, body, complete });
    };
    const asked = request({
      createConnection: () => wire,
      maxHeaderSize: 64 * 1024,
      headers: { connection: "keep-alive" },
    });
    asked.on("error", settle);
    asked.on("upgrade", settle);
    asked.on("response", (response: IncomingMessage) => {
      status = response.statusCode;
      response.setEncoding("latin1");
      response.on("data", (text: string) => (body += text));
      response.on("error", settle);
      response.on("end", () => {
        complete = response.complete;
        settle();
      });
    });
    asked.end();
  });
}

function afterTurns(turns: number, act: () => void): void {
  if (turns === 0) act();
  else setImmediate(afterTurns, turns - 1, act);
}
