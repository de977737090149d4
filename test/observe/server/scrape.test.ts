import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { originNow, systemClock, type Clock } from "../../../src/core/clock.ts";
import { scraper, type Scrape } from "../../../src/observe/server/scrape.ts";

const clock = systemClock(originNow());
let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function against(
  listener: RequestListener,
  timeout = 5000,
  watch: Clock = clock,
): Promise<() => ReturnType<Scrape>> {
  const listening = createServer(listener);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const { port } = listening.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}`;
  const headers = { authorization: "Bearer secret" };
  const scrape = scraper({ headers }, watch, timeout);
  return () => scrape(`${baseUrl}/metrics`);
}

describe("a scrape", () => {
  test("is stamped at the first byte of the answer, and sends what the server wants to see", async () => {
    // The rest of the answer waits until the clock has been looked at after its beginning.
    let [time, looked] = [0, (): void => undefined];
    const stamped = new Promise<void>((resolve) => (looked = resolve));
    const now = (): number => {
      if (time > 0) looked();
      return time;
    };
    const respond: RequestListener = (request, response) => {
      time = 100;
      response.write(`a ${request.headers.authorization ?? ""}`);
      void stamped.then(() => {
        time = 200;
        response.end(" b");
      });
    };
    const scrape = await against(respond, 5000, { ...clock, now });
    expect(await scrape()).toMatchObject({ status: 200, text: "a Bearer secret b", at: 100 });
  });

  test.each([
    ["never answers", () => undefined],
    [
      "stops in the middle",
      (_: unknown, response: { write(text: string): unknown }) => void response.write("a 1\n"),
    ],
  ])("of a server that %s says that it is busy, not down", async (_name, listener) => {
    const scrape = await against(listener, 200);
    await expect(scrape()).rejects.toThrow("busy: no answer within 0.2 s");
  });

  test("of a server that is gone says that it is down", async () => {
    const scrape = await against(() => undefined);
    server?.close();
    await expect(scrape()).rejects.toThrow("down: nothing listens there");
  });

  test("of a server that hangs up says so", async () => {
    const scrape = await against((request) => request.socket.destroy());
    await expect(scrape()).rejects.toThrow(/hang up|reset/);
  });

  test("of an answer that is cut off does not take it for the page", async () => {
    const scrape = await against((request, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("a 1\n", () => request.socket.destroy());
    });
    await expect(scrape()).rejects.toThrow(/cut off|aborted|reset/);
  });

  test("of a page without end gives up", async () => {
    const block = "x".repeat(2 ** 20);
    const scrape = await against((_request, response) => {
      const more = (): void => {
        while (response.writable && response.write(block));
        response.once("drain", more);
      };
      more();
    });
    await expect(scrape()).rejects.toThrow("the page does not end");
  });
});
