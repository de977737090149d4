/** Pages of metrics come by the same way as the traffic. */
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { originNow, systemClock } from "../../../src/core/clock.ts";
import { scraper, type Connect } from "../../../src/observe/server/scrape.ts";
import { addressOf, type ConnectionOptions } from "../../../src/protocol/address.ts";
import { dial } from "../../../src/protocol/dial.ts";
import { issue, makeAuthority } from "../../support/servers/certificates.ts";
import { Listening } from "../../support/servers/listening.ts";
import { scratchFolder } from "../../support/scratch.ts";

const clock = systemClock(originNow());
const open = new Listening();
afterEach(() => open.close());

const page: RequestListener = (request, response) =>
  response.end(`${String(request.headers.host)} ${String(request.headers.connection)}`);

const over =
  (connection: ConnectionOptions) =>
  (url: URL): Connect =>
  (_options, onCreate) => {
    dial(addressOf(url.origin, connection), (error, socket) => {
      if (socket !== undefined) onCreate(null, socket);
      else onCreate(error ?? new Error("no socket"), undefined as never);
    });
    return undefined;
  };

const scrape = (url: string, connection: ConnectionOptions, timeout = 2000) =>
  scraper({ headers: {} }, clock, timeout, over(connection))(url);

it("over a unix socket", async () => {
  const path = join(scratchFolder("scrape"), "x.sock");
  await open.listen(createServer(page), { path });
  const scraped = await scrape("http://localhost/metrics", { unixSocket: path });
  expect(scraped).toMatchObject({ status: 200, text: "localhost close" });
});

it("over TLS", async () => {
  const authority = await makeAuthority();
  const port = await open.listen(createTlsServer(await issue(authority), page));
  const url = `https://localhost:${port}/metrics`;
  expect(await scrape(url, { ca: authority.cert })).toMatchObject({ status: 200 });
  await expect(scrape(url, {})).rejects.toThrow();
});

it("and a connection that never comes ends when time is up", async () => {
  const port = await open.listen(createTcpServer());
  await expect(scrape(`https://localhost:${port}/`, {}, 60)).rejects.toThrow(/busy/);
});
