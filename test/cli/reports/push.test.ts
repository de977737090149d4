import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Flags } from "../../../src/cli/flags/flags.ts";
import { destinationsOf, pushTo } from "../../../src/cli/reports/push.ts";
import type { World } from "../../../src/cli/world.ts";
import { seriesFixture } from "../../support/runs/series-fixture.ts";
import { summaryFixture } from "../../support/runs/summary-fixture.ts";

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

let server: Server;
let received: Received[];
let status: number;

beforeEach(async () => {
  received = [];
  status = 200;
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, headers } = request;
      received.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(status).end(status === 200 ? "" : "bad metric name\nsecond line");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function address(): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const input = { summary: summaryFixture(), series: seriesFixture() };

async function push(values: Readonly<Record<string, string>>): Promise<[number, string]> {
  let stderr = "";
  const world = { stderr: { write: (text: string) => (stderr += text) } } as unknown as World;
  const flags = new Flags(new Map(Object.entries(values).map(([name, value]) => [name, [value]])));
  return [await pushTo(destinationsOf(flags), input, world), stderr];
}

describe("--push", () => {
  it("puts the numbers into the Pushgateway's group of the scenario, replacing the last run's", async () => {
    const [problems, stderr] = await push({ push: `http://${address()}/` });
    expect([problems, stderr]).toEqual([0, ""]);
    const [request] = received;
    expect(request?.method).toBe("PUT");
    expect(request?.url).toBe("/metrics/job/plimsoll/scenario@base64/c3RlYWR5");
    expect(request?.body).toContain("# TYPE plimsoll_ttft_seconds summary");
  });

  it("sends credentials of the URL as a header, and never says them", async () => {
    status = 401;
    const [problems, stderr] = await push({ push: `http://nightly:s3cret@${address()}` });
    expect(problems).toBe(1);
    expect(received[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from("nightly:s3cret").toString("base64")}`,
    );
    expect(received[0]?.url).not.toContain("s3cret");
    expect(stderr).toContain("HTTP 401: bad metric name");
    expect(stderr).not.toMatch(/s3cret|nightly|second line/);
  });
});

describe("--otlp", () => {
  it("posts JSON to the collector's path for metrics", async () => {
    expect(await push({ otlp: `http://${address()}` })).toEqual([0, ""]);
    const [request] = received;
    expect([request?.method, request?.url]).toEqual(["POST", "/v1/metrics"]);
    expect(request?.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(request?.body ?? "")).toHaveProperty("resourceMetrics");
  });

  it("says which collector did not answer", async () => {
    const [problems, stderr] = await push({ otlp: "http://127.0.0.1:1" });
    expect(problems).toBe(1);
    expect(stderr).toMatch(
      /--otlp: http:\/\/127\.0\.0\.1:1 did not take the run: .*(refused|bad port)/i,
    );
  });
});

describe("a URL that is none", () => {
  it("is refused before anything is sent", () => {
    for (const url of ["pushgateway:9091", "ftp://host/", "nonsense"])
      expect(() => destinationsOf(new Flags(new Map([["push", [url]]])))).toThrow(
        "not an http URL",
      );
  });
});
