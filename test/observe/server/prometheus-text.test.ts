import fc from "fast-check";
import parseIndependently from "parse-prometheus-text-format";
import { describe, expect, test } from "vitest";
import { readPage, type KnownSeries } from "../../../src/observe/server/prometheus-text.ts";

describe("a page in Prometheus' text format", () => {
  test("is read line by line: names, labels with escapes, values, times", () => {
    const page = readPage(
      [
        "# HELP a_total What a counts",
        "# TYPE a_total counter",
        "a_total 12",
        'b{x="1",y="two, {three}"} 0.5',
        'c{path="C:\\\\dir",text="say \\"hi\\"\\nnow"} 1e-3 1700000000123',
        "  d   -7.25  ",
        "e{} 3",
        'f{ x = "1" , } 4',
        "",
        "#comment without a blank",
        'g_bucket{le="+Inf"} 5 # {trace_id="abc"} 0.3 1700000000.5',
      ].join("\n"),
    );
    expect(page.broken).toBe(0);
    expect(page.types.get("a_total")).toBe("counter");
    expect(page.samples).toEqual([
      { name: "a_total", labels: {}, value: 12 },
      { name: "b", labels: { x: "1", y: "two, {three}" }, value: 0.5 },
      {
        name: "c",
        labels: { path: "C:\\dir", text: 'say "hi"\nnow' },
        ...{ value: 0.001, timestamp: 1_700_000_000_123 },
      },
      { name: "d", labels: {}, value: -7.25 },
      { name: "e", labels: {}, value: 3 },
      { name: "f", labels: { x: "1" }, value: 4 },
      { name: "g_bucket", labels: { le: "+Inf" }, value: 5 },
    ]);
  });

  test.each([
    ["NaN", NaN],
    ["nan", NaN],
    ["+Inf", Infinity],
    ["-Inf", -Infinity],
    ["inf", Infinity],
    ["1e+06", 1e6],
    ["0e5", 0],
    ["3.21457e+06", 3_214_570],
    ["5.", 5],
    [".5", 0.5],
    ["18446744073709551615", 2 ** 64],
  ])("has the value %s", (text, value) => {
    expect(readPage(`a ${text}`).samples).toEqual([{ name: "a", labels: {}, value }]);
  });

  test("ends its lines as Windows does, or not at all", () => {
    expect(readPage("a 1\r\nb 2\r\n").samples.map(({ value }) => value)).toEqual([1, 2]);
    expect(readPage("a 1").samples).toHaveLength(1);
  });

  test.each([
    "a",
    "a ",
    "a x",
    "a 0x10",
    "a 1 2 3",
    "a 1 soon",
    "1a 1",
    "{} 1",
    'a{x="1" 1',
    'a{x="1"',
    'a{x="1',
    'a{x="1\\',
    "a{x=1} 1",
    "a{x} 1",
    'a{="1"} 1',
    'a{x="1"y="2"} 1',
    "a{,} 1",
    "<html>",
    '{"detail":"Not Found"}',
  ])("leaves out what is no sample, and counts it: %s", (line) => {
    const page = readPage(`before 1\n${line}\nafter 2`);
    expect(page.samples.map(({ name }) => name)).toEqual(["before", "after"]);
    expect(page.broken).toBe(1);
  });

  test("says the same as an independent parser of whatever is written in the format", () => {
    const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,12}$/);
    const text = fc.string({
      maxLength: 12,
      unit: fc.constantFrom(...Array.from('aZ0 ,={}#\\"\n+-é')),
    });
    const value = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
    const sample = fc.record({ labels: fc.dictionary(name, text, { maxKeys: 3 }), value });
    const families = fc.uniqueArray(fc.record({ name, sample }), {
      selector: (family) => family.name,
      maxLength: 8,
    });
    fc.assert(
      fc.property(families, (all) => {
        const page = all.map((one) => written(one.name, one.sample)).join("");
        const theirs = parseIndependently(page).map(({ name: family, metrics }) => ({
          name: family,
          labels: { ...metrics[0]?.labels },
          value: Number(metrics[0]?.value),
        }));
        const ours = readPage(page);
        expect(ours.broken).toBe(0);
        expect(ours.samples.map((one) => ({ ...one, labels: { ...one.labels } }))).toEqual(theirs);
      }),
    );
  });

  test("says the same of a page whose series it knows already, whatever stood there before", () => {
    const piece = fc.constantFrom(
      "a",
      "b",
      "{",
      "}",
      'x="1"',
      'y="}"',
      ",",
      " ",
      "2",
      "\n",
      "# {z} 1",
    );
    const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), text, (earlier, page) => {
        const known: KnownSeries = new Map();
        for (const one of earlier) readPage(one, known);
        expect(readPage(page, known)).toEqual(readPage(page));
      }),
      { numRuns: 500 },
    );
  });

  test("never throws and never invents a sample, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        const { samples } = readPage(text);
        for (const { name } of samples) expect(text).toContain(name);
      }),
    );
  });

  test("gives a prefix of the same samples when it is cut anywhere", () => {
    const page = 'a{x="1"} 12\nb 3.5 17\nc{y="a\\"b"} NaN\n';
    const whole = readPage(page).samples;
    for (let cut = 0; cut <= page.length; cut += 1) {
      const { samples } = readPage(page.slice(0, cut));
      const full = page.slice(0, cut).split("\n").length - 1;
      expect(samples.slice(0, full)).toEqual(whole.slice(0, full));
    }
  });
});

interface Written {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function written(name: string, { labels, value }: Written): string {
  const pairs = Object.entries(labels).map(([key, text]) => {
    const escaped = text.replace(/[\\"\n]/g, (one) => (one === "\n" ? "\\n" : `\\${one}`));
    return `${key}="${escaped}"`;
  });
  const shown = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
  return `# HELP ${name} help\n# TYPE ${name} gauge\n${name}${shown} ${value}\n`;
}
