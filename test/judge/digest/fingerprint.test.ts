import { describe, expect, it } from "vitest";
import type { RunHeader, TargetLine } from "../../../src/core/records.ts";
import { differences, fingerprintOf } from "../../../src/judge/digest/fingerprint.ts";
import { normalisedFlags } from "../../../src/judge/digest/server-flags.ts";

const header = {
  type: "header",
  planHash: "aa",
  plimsoll: "1.0.0",
  environment: {
    os: "Linux 6.1",
    arch: "x64",
    cpu: "EPYC",
    cores: 8,
    memoryBytes: 16e9,
    hostname: "bench-1",
    node: "v20.19.0",
    plimsoll: "1.0.0",
  },
} as RunHeader;

function target(more: Partial<TargetLine["identity"]>, sameMachine?: boolean): TargetLine {
  const identity = { kind: "llama-server", url: "http://127.0.0.1:8080", ...more } as const;
  return { type: "target", at: 1, identity, ...(sameMachine !== undefined && { sameMachine }) };
}

const command = [
  ..."/opt/llama/llama-server -m /models/a.gguf --host 127.0.0.1 --port 4711".split(" "),
  ..."-np 4 -c 8192 --metrics -ngl -1 --api-key *** --chat-template-file /etc/chat.jinja".split(
    " ",
  ),
];

describe("the fingerprint of a run", () => {
  it("is put together from header, target and what was found out on purpose", () => {
    const facts = target(
      { build: "b1", slots: 4, modelFile: { path: "/m/a.gguf", bytes: 5 } },
      true,
    );
    const fields = fingerprintOf({
      header,
      target: facts,
      fingerprint: { "host.kernel": "6.1.9" },
    });
    expect(fields).toMatchObject({
      "client.class": "x64, 8 cores, on the server's machine",
      "host.cores": 8,
      "host.kernel": "6.1.9",
      "server.build": "b1",
      "server.slots": 4,
      "model.name": "a.gguf",
      "model.bytes": 5,
      "plan.hash": "aa",
    });
  });

  it("does not take the client's machine for the server's when they are apart, or when that is not known", () => {
    for (const sameMachine of [false, undefined]) {
      const fields = fingerprintOf({ header, target: target({}, sameMachine), fingerprint: {} });
      expect(Object.keys(fields).filter((field) => field.startsWith("host."))).toEqual([]);
    }
  });

  it("keeps of a command line what decides, whatever its order, port and folders", () => {
    expect(normalisedFlags(command)).toBe(
      "--chat-template-file chat.jinja --metrics -c 8192 -ngl -1 -np 4",
    );
    const elsewhere =
      "llama-server --port=1 -ngl -1 --metrics -np 4 -c 8192 --chat-template-file /x/chat.jinja";
    expect(normalisedFlags(elsewhere.split(" "))).toBe(normalisedFlags(command));
    const embedded = "node --import tsx /src/server/entry.ts --model /m.gguf --parallel 4";
    expect(normalisedFlags(embedded.split(" "))).toBe("--parallel 4");
    expect(normalisedFlags(undefined)).toBeUndefined();
  });
});

describe("the differences between two fingerprints", () => {
  it("have the class of their field, hard ones first", () => {
    const found = differences(
      { "client.hostname": "a", "gpu.driver": "570.1", "server.build": "b1", "host.cores": 8 },
      { "client.hostname": "b", "gpu.driver": "570.2", "server.build": "b2", "host.cores": 8 },
    );
    expect(found).toEqual([
      { field: "server.build", class: "hard", baseline: "b1", candidate: "b2" },
      { field: "gpu.driver", class: "soft", baseline: "570.1", candidate: "570.2" },
      { field: "client.hostname", class: "info", baseline: "a", candidate: "b" },
    ]);
  });

  it("are soft where only one side knows a hard field: that shows no different thing", () => {
    expect(differences({ "model.sha256": "aa" }, {})).toEqual([
      { field: "model.sha256", class: "soft", baseline: "aa" },
    ]);
  });

  it("are none between the same, nor within the noise of what is measured", () => {
    const fields = { "host.memory": 16_000_000_000, "observed.output_tokens_mean": 128 };
    expect(differences(fields, fields)).toEqual([]);
    expect(differences(fields, { ...fields, "host.memory": 15_990_000_000 })).toEqual([]);
    expect(differences(fields, { ...fields, "observed.output_tokens_mean": 130 })).toHaveLength(1);
  });
});
