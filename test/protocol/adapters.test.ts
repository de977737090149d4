import { describe, expect, it } from "vitest";
import { adapters, findAdapter } from "../../src/protocol/api/apis.ts";
import type { Adapter } from "../../src/protocol/adapter.ts";
import { JSON_BODY, play, type Played } from "../support/played-answer.ts";
import { goodBodies } from "../support/answers/bodies.ts";
import { goodStreams } from "../support/answers/good-streams.ts";
import type { GoodStream } from "../support/answers/words.ts";

const adapter = (api: string): Adapter => findAdapter(api)!;

function read(stream: GoodStream, body: readonly Buffer[]): Promise<Played> {
  return play(adapter(stream.api), { headers: stream.headers, body }, stream.request);
}

const titled = goodStreams.map((stream) => [`${stream.api}: ${stream.what}`, stream] as const);

describe("a good stream", () => {
  it.each(titled)("is read in full: %s", async (_title, stream) => {
    const { facts, reply } = await read(stream, [stream.body]);
    expect(facts).toMatchObject({ api: stream.api, ...stream.facts });
    expect(reply).toMatchObject({ text: stream.text, reasoning: stream.reasoning ?? "" });
  });

  it.each(titled)("gives the same record wherever it is cut: %s", async (_title, stream) => {
    const whole = await read(stream, [stream.body]);
    const bytes = Array.from(stream.body, (byte) => Buffer.from([byte]));
    expect(await read(stream, bytes)).toEqual(whole);
    for (let at = 1; at < stream.body.length; at += 1) {
      const cut = [stream.body.subarray(0, at), stream.body.subarray(at)];
      expect(await read(stream, cut), `cut at ${at}`).toEqual(whole);
    }
  });

  it.each(titled)("gives the same record with any line ends and pings: %s", async (_t, stream) => {
    const whole = await read(stream, [stream.body]);
    const text = stream.body.toString();
    const pinged = (stream.headers["content-type"] ?? "").includes("event-stream")
      ? text.replaceAll("\n\n", "\n\n: ping\n\n")
      : text.replaceAll("\n", "\n\n");
    for (const varied of [text.replaceAll("\n", "\r\n"), text.replaceAll("\n", "\r"), pinged]) {
      const { facts, reply } = await read(stream, [Buffer.from(varied)]);
      expect({ ...facts, bytes: 0 }).toEqual({ ...whole.facts, bytes: 0 });
      expect(reply).toEqual(whole.reply);
    }
  });

  it.each(titled)("that breaks off is truncated: %s", async (_title, stream) => {
    const headers = stream.headers;
    const lost = { headers, body: [stream.body.subarray(0, -3)], breaks: true };
    const { facts } = await play(adapter(stream.api), lost, stream.request);
    expect(facts.outcome).toMatchObject({ ok: false, failure: "truncated" });
  });

  const withoutLast = (stream: GoodStream): Buffer => {
    const events = stream.body.toString().trimEnd().split(/\n+/);
    return Buffer.from(`${events.slice(0, -1).join("\n\n")}\n\n`);
  };
  const marked = titled.filter(([, stream]) => stream.needsItsMark === false);
  it.each(marked)("is complete without the mark of its end: %s", async (_title, stream) => {
    const whole = await read(stream, [stream.body]);
    const { facts, reply } = await read(stream, [withoutLast(stream)]);
    expect(facts.outcome).toEqual(whole.facts.outcome);
    expect(facts.output).toEqual(whole.facts.output);
    expect(facts.notes).toContainEqual({ code: "no_end_marker" });
    expect(reply.text).toBe(whole.reply.text);
    // A body that breaks off there is not.
    const lost = { headers: stream.headers, body: [withoutLast(stream)], breaks: true };
    const broken = await play(adapter(stream.api), lost, stream.request);
    expect(broken.facts.outcome).toMatchObject({ ok: false, failure: "truncated" });
  });

  const ended = titled.filter(
    ([, { needsItsEnd, needsItsMark }]) => needsItsEnd !== false && needsItsMark !== false,
  );
  it.each(ended)("that ends without its sign of success is truncated: %s", async (_t, stream) => {
    const { facts } = await read(stream, [withoutLast(stream)]);
    expect(facts.outcome).toMatchObject({ ok: false, failure: "truncated" });
  });
});

describe("a good body", () => {
  const cases = goodBodies.map((good) => [good.api, good] as const);
  it.each(cases)("is read in full: %s", async (api, good) => {
    const body = [JSON.stringify(good.body)];
    const { facts, reply } = await play(adapter(api), { headers: JSON_BODY, body }, good.request);
    expect(facts).toMatchObject(good.facts);
    expect(reply.text).toBe(good.text);
    if (good.facts.output === undefined && good.text === "") expect(facts.output).toBeUndefined();
  });

  it.each(cases)("that is cut is a protocol error: %s", async (api, good) => {
    const body = [JSON.stringify(good.body).slice(0, -2)];
    const { facts } = await play(adapter(api), { headers: JSON_BODY, body }, good.request);
    expect(facts.outcome).toMatchObject({ ok: false, failure: "protocol_error" });
  });

  it.each(cases)("that has nothing in it is a failure: %s", async (api, good) => {
    const played = { headers: JSON_BODY, body: ["{}"] };
    const { facts } = await play(adapter(api), played, {
      ...good.request!,
      ...(good.request === undefined && {
        api: "auto",
        messages: [{ role: "user", content: "x" }],
      }),
    });
    if (api === "http") return; // a body without text is what this description allows
    expect(facts.outcome.ok).toBe(false);
  });
});

it("every API has a good answer here", () => {
  const tried = new Set([...goodStreams, ...goodBodies].map(({ api }) => api));
  expect([...tried].sort()).toEqual(adapters.map(({ name }) => name).sort());
});
