/** What an agent on another machine samples, with its times on our clock. */
import type { ReadingsLine } from "../../core/telemetry-lines.ts";
import type { Probe, ProbeContext, Reading, Source, SourceFacts } from "../source.ts";
import { AgentConnection, type AgentAddress } from "./connection.ts";
import type { Hello } from "./messages.ts";

const KIND = "agent";

export function agentProbe(address: AgentAddress): Probe {
  return async (context) => {
    const { source, connect } = agentSource(address, context);
    try {
      await connect();
      return { source };
    } catch (thrown) {
      await source.close();
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      const advice = reason.includes(" 401 ")
        ? "give the agent's token with --gpu-token-env NAME"
        : "start `plimsoll agent` on the server's machine";
      return { unavailable: { kind: KIND, reason, advice } };
    }
  };
}

interface Opened {
  readonly source: Source;
  readonly connect: () => Promise<void>;
}

function agentSource(address: AgentAddress, { clock }: ProbeContext): Opened {
  const host = new URL(address.base).hostname;
  let waiting: Reading[] = [];
  let greeting: Hello | undefined;
  const connection = new AgentConnection(address, clock, {
    onReadings(line, hello) {
      const offset = connection.clockOffset.at(clock.now())?.offset;
      if (offset !== undefined) waiting.push(...readingsOf(line, { host, offset, hello }));
    },
  });
  const source: Source = {
    kind: KIND,
    tiers: ["medium"],
    get facts() {
      return greeting === undefined ? [] : factsOf(greeting, host);
    },
    get fingerprint() {
      return greeting?.fingerprint ?? {};
    },
    async read() {
      greeting = await connection.open();
      await connection.exchange();
      await connection.readNow();
      const readings = waiting;
      waiting = [];
      return readings;
    },
    close() {
      connection.close();
    },
  };
  const connect = async (): Promise<void> => {
    greeting = await connection.open();
  };
  return { source, connect };
}

interface Origin {
  readonly host: string;
  /** The agent's time minus ours, ms. */
  readonly offset: number;
  readonly hello: Hello;
}

function readingsOf(line: ReadingsLine, { host, offset, hello }: Origin): readonly Reading[] {
  const source = labelFor(line.source, host);
  if (source === undefined) return [];
  return line.rows.flatMap(([at, ...cells]) => {
    if (typeof at !== "number") return [];
    const values = Object.fromEntries(
      line.metrics.flatMap((metric, index) => {
        const value = cells[index];
        return typeof value === "number" ? [[metric, value]] : [];
      }),
    );
    return [{ source, at: at - offset, values, epoch: hello.id }];
  });
}

function factsOf({ sources }: Hello, host: string): readonly SourceFacts[] {
  return sources.flatMap((facts) => {
    const source = labelFor(facts.source, host);
    return source === undefined ? [] : [{ ...facts, source }];
  });
}

/**
 * `nvml:0` there is `nvml@HOST:0` here; the machine itself is `agent:HOST`; the server's process is
 * the same thing wherever it is seen. What the agent itself costs is not ours to report.
 */
function labelFor(source: string, host: string): string | undefined {
  if (source === "host") return `${KIND}:${host}`;
  if (source === "server-process") return source;
  if (source === "client" || source === "sampler") return undefined;
  const colon = source.indexOf(":");
  return colon < 0
    ? `${source}@${host}`
    : `${source.slice(0, colon)}@${host}${source.slice(colon)}`;
}
