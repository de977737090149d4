import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { FailureKind, Outcome, RequestRecord } from "../../../src/core/request-record.ts";
import { SilenceOfTarget } from "../../../src/session/run/lost-target.ts";
import type { RunningTarget } from "../../../src/target/spec.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serverAt(status = 404): Promise<{ url: string; stop: () => Promise<unknown> }> {
  const server = createServer((_request, response) => response.writeHead(status).end());
  server.listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const stop = (): Promise<unknown> => {
    server.closeAllConnections();
    server.close();
    return once(server, "close");
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}

const targetAt = (baseUrl: string, owned = false): RunningTarget =>
  ({ baseUrl, owned, headers: {} }) as unknown as RunningTarget;

function record(ended: number, outcome: Outcome, status?: number): RequestRecord {
  const facts = { ended, outcome, ...(status !== undefined && { status }) };
  return { type: "request", ...facts } as unknown as RequestRecord;
}
const fine = (ended: number): RequestRecord => record(ended, { ok: true, finish: "stop" }, 200);
const lost = (ended: number, failure: FailureKind = "connect_refused"): RequestRecord =>
  record(ended, { ok: false, failure, message: "connect ECONNREFUSED" });

function silenceAfter(...lines: readonly RequestRecord[]): SilenceOfTarget {
  const silence = new SilenceOfTarget();
  silence.take(lines);
  return silence;
}

describe("a server that is not ours", () => {
  it("was lost when it refused until the end and does not answer afterwards", async () => {
    const { url, stop } = await serverAt();
    await stop();
    const silence = silenceAfter(fine(1000), lost(3500, "truncated"), lost(4000), lost(5000));
    const ending = await silence.ending(targetAt(url), 1000);
    expect(ending?.reason).toBe("target_failed");
    expect(ending?.message).toMatch(/stopped answering 2\.50 s into the traffic: 3 requests/);
    expect(ending?.problem?.exitCode).toBe(6);
  });

  it("was not lost when it answered again before the end", async () => {
    const { url, stop } = await serverAt();
    await stop();
    const refused = record(5000, { ok: false, failure: "overloaded", message: "busy" }, 503);
    for (const last of [fine(5000), refused])
      expect(await silenceAfter(lost(4000), last).ending(targetAt(url), 0)).toBeUndefined();
  });

  it("was not lost when it answers now, be it with an error", async () => {
    const { url } = await serverAt(500);
    expect(await silenceAfter(lost(4000)).ending(targetAt(url), 0)).toBeUndefined();
  });

  it("was not lost when it is this client that could not ask", async () => {
    const { url, stop } = await serverAt();
    await stop();
    const silence = silenceAfter(fine(1000), lost(2000, "client_resources"));
    expect(await silence.ending(targetAt(url), 0)).toBeUndefined();
  });

  it("is watched otherwise when it is ours", async () => {
    const { url, stop } = await serverAt();
    await stop();
    expect(await silenceAfter(lost(4000)).ending(targetAt(url, true), 0)).toBeUndefined();
  });
});
