/**
 * A chat server with one odd habit, found in the reports of people who use tools like ours. Its
 * tokens come 10 ms apart, or in one write.
 */
import { createServer, type Server, type ServerResponse } from "node:http";

export interface OddHabit {
  /** Chunks before the finish reason, each 10 ms after the one before. */
  readonly chunks: readonly object[];
  readonly finish?: string | undefined;
  /** Before the first chunk, ms. Default 40. */
  readonly thinks?: number;
  readonly usage?: object;
  readonly mark?: false;
  /** Everything in one write, at the end. */
  readonly buffered?: true;
  /** The body does not end. */
  readonly hangs?: true;
  /** Instead of a stream. */
  readonly body?: { readonly type: string; readonly text: string };
}

export const delta = (members: object, index = 0): object => ({
  choices: [{ index, delta: members, finish_reason: null }],
});

export function oddChatServer(habit: OddHabit): Server {
  return createServer((request, response) => {
    request.resume().on("end", () => void answer(response, habit));
  });
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function answer(response: ServerResponse, habit: OddHabit): Promise<void> {
  const { chunks, finish, thinks = 40, usage, mark = true, buffered, hangs, body } = habit;
  if (body !== undefined) {
    response.writeHead(200, { "content-type": body.type }).end(body.text);
    return;
  }
  let held = "";
  const send = (data: string): void => {
    if (buffered === true) held += `data: ${data}\n\n`;
    else response.write(`data: ${data}\n\n`);
  };
  response.writeHead(200, { "content-type": "text/event-stream" });
  await wait(thinks);
  for (const chunk of chunks) {
    send(JSON.stringify(chunk));
    await wait(10);
  }
  if (finish !== undefined) {
    send(JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: finish }] }));
  }
  if (usage !== undefined) send(JSON.stringify({ choices: [], usage }));
  if (mark) send("[DONE]");
  if (held !== "") response.write(held);
  if (hangs !== true) response.end();
}
