import { describe, expect, it } from "vitest";
import { PlimsollError } from "../../../src/core/errors.ts";
import { promote } from "../../../src/judge/baseline/baseline.ts";
import { baselineText, readBaseline } from "../../../src/judge/baseline/baseline-file.ts";
import { recalibrated, trialsOf } from "../../../src/judge/baseline/calibration.ts";
import { rulesFor } from "../../../src/judge/compare/gather.ts";
import { digest, digests, FINGERPRINT } from "../../support/runs/run-digests.ts";

const data = { windows: "AAAA", items: "AA==" };
const saved = promote({ name: "main", runs: digests(5, 1, { data }) });

function refusal(attempt: () => unknown): PlimsollError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof PlimsollError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("a baseline's file", () => {
  it("gives the baseline back, and the same baseline the same bytes", () => {
    const text = baselineText(saved);
    expect(readBaseline(text, "main.json")).toEqual(saved);
    expect(baselineText(readBaseline(text, "main.json"))).toBe(text);
    expect(baselineText(promote({ name: "main", runs: digests(5, 1, { data }).reverse() }))).toBe(
      text,
    );
  });

  it("begins with what a person reads in a diff: each figure on a line", () => {
    const lines = baselineText(saved).split("\n");
    expect(lines.slice(0, 5)).toEqual([
      "{",
      '  "schema": "plimsoll.baseline/1",',
      '  "name": "main",',
      '  "scenario": "steady",',
      '  "summary": {',
    ]);
    expect(lines.find((line) => line.includes('"tpot p50": { "unit": "ms"'))).toMatch(
      /"runs": 5 }/,
    );
  });

  it("is refused wherever it is cut off", () => {
    const text = baselineText(saved);
    for (let length = 0; length < text.length - 1; length += 97) {
      const error = refusal(() => readBaseline(text.slice(0, length), "main.json"));
      expect(error.exitCode).toBe(2);
      expect(error.message).toMatch(/main\.json is damaged or cut off/);
      expect(error.hint).toMatch(/git checkout/);
    }
  });

  it.each([
    ["a figure", '"value":200', '"value":190'],
    ["a figure of the summary", '"low": 9.9', '"low": 8.9'],
    ["the environment", "Test CPU", "Best CPU"],
    ["packed data", "AAAA", "AAAB"],
  ])("is refused when a hand has changed %s", (_, from, to) => {
    const text = baselineText(saved);
    const found = [from, from.replace(":", ": ")].find((one) => text.includes(one)) ?? from;
    const edited = text.replace(found, to);
    expect(edited).not.toBe(text);
    const error = refusal(() => readBaseline(edited, "main.json"));
    expect(error.exitCode).toBe(2);
    expect(error.message).toMatch(/changed after it was written/);
  });

  it("may be laid out anew: white space is not content", () => {
    const again = JSON.stringify(JSON.parse(baselineText(saved)));
    expect(readBaseline(again, "main.json")).toEqual(saved);
  });

  it.each([
    ["plimsoll.baseline/2", /newer schema plimsoll\.baseline\/2/],
    ["plimsoll.baseline/0", /older schema plimsoll\.baseline\/0/],
    ["plimsoll.summary/1", /is no baseline: its schema is "plimsoll.summary\/1"/],
  ])("of the schema %s is refused by name", (schema, message) => {
    const text = baselineText(saved).replace("plimsoll.baseline/1", schema);
    const error = refusal(() => readBaseline(text, "main.json"));
    expect(error.exitCode).toBe(2);
    expect(error.message).toMatch(message);
  });
});

describe("promotion", () => {
  const next = digests(5, 1.03, {
    session: "next",
    fingerprint: { ...FINGERPRINT, "server.build": "b2" },
  });

  it("takes the accepted level over, and leaves the anchor where it was pinned", () => {
    const renewed = promote({ name: "main", runs: next, existing: saved });
    expect(renewed.accepted.map(({ session }) => session)).toEqual(Array(5).fill("next"));
    expect(renewed.anchor).toEqual(saved.anchor);
    const pinned = promote({ name: "main", runs: next, existing: saved, anchor: true });
    expect(pinned.anchor.map(({ session }) => session)).toEqual(Array(5).fill("next"));
  });

  it("with add grows the segment, each run once, to so many sittings; old ones lose their data", () => {
    const same = digests(5, 1, { session: "next", data });
    const grown = promote({
      name: "main",
      runs: [...same, ...digests(2, 1, { data })],
      existing: saved,
      add: true,
    });
    expect(grown.accepted).toHaveLength(10);
    expect(grown.accepted.filter((run) => run.data !== undefined)).toHaveLength(5);
    const kept = promote({ name: "main", runs: same, existing: saved, add: true, keep: 1 });
    expect(kept.accepted).toHaveLength(5);
  });

  it("refuses runs that nobody can trust, unless told otherwise", () => {
    const bad = [
      digest("x", 1, { validity: "invalid", status: "invalid", trouble: "client busy" }),
    ];
    const error = refusal(() => promote({ name: "main", runs: bad }));
    expect(error.message).toMatch(/not fit for a baseline: client busy/);
    expect(error.exitCode).toBe(2);
    const failed = [digest("x", 1, { status: "target_failed", trouble: "it died" })];
    expect(refusal(() => promote({ name: "main", runs: failed })).message).toMatch(/it died/);
    expect(promote({ name: "main", runs: bad, allowInvalid: true }).accepted).toHaveLength(1);
  });

  it("refuses a mixture, and another environment under the same name", () => {
    const other = digest("y", 1, { fingerprint: { ...FINGERPRINT, "host.cpu": "Other CPU" } });
    expect(refusal(() => promote({ name: "m", runs: [digest("x"), other] })).message).toMatch(
      /host\.cpu/,
    );
    const again = refusal(() => promote({ name: "main", runs: [other], existing: saved }));
    expect(again.message).toMatch(/another environment: host\.cpu/);
    const varied = { name: "main", runs: [other], existing: saved, vary: ["host.cpu"] };
    expect(promote(varied).accepted).toHaveLength(1);
    const elsewhere = digest("z", 1, { scenario: "spike" });
    expect(refusal(() => promote({ name: "m", runs: [digest("x"), elsewhere] })).message).toMatch(
      /different scenarios/,
    );
  });
});

describe("calibration", () => {
  it("makes trials of four runs in turns, per sitting, and is kept in the file", () => {
    const runs = [...digests(9), ...digests(4, 1, { session: "later" })];
    const trials = trialsOf(runs);
    expect(trials.map(({ session }) => session)).toEqual(["evening", "evening", "later"]);
    expect(trials[0]!.baseline.map(({ run }) => run)).toEqual(["run-0", "run-3"]);
    expect(trials[0]!.candidate.map(({ run }) => run)).toEqual(["run-1", "run-2"]);
    const calibration = recalibrated(undefined, trials, rulesFor(runs));
    expect(calibration.priors["tpot p50"]!.run.sd).toBeGreaterThan(0.002);
    expect(calibration.priors["tpot p50"]!.session).toBeDefined();
    const again = recalibrated(calibration, trials, rulesFor(runs));
    expect(again.trials).toHaveLength(3);
    const text = baselineText({ ...saved, calibration });
    expect(readBaseline(text, "x").calibration).toEqual(calibration);
  });
});
