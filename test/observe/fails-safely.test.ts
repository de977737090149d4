/**
 * Every source, absent, refused, dying, hanging and babbling: a run goes on beside it, and it says
 * why it gives nothing.
 */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { originNow, systemClock } from "../../src/core/clock.ts";
import type { RunLine } from "../../src/core/records.ts";
import { findSources } from "../../src/observe/find-sources.ts";
import { amdSmiProbe, rocmSmiProbe } from "../../src/observe/gpu/amd-smi.ts";
import { amdSysfsProbe } from "../../src/observe/gpu/amd-sysfs.ts";
import { macmonProbe, powermetricsProbe } from "../../src/observe/gpu/apple.ts";
import { intelSysfsProbe } from "../../src/observe/gpu/intel-sysfs.ts";
import { jetsonProbe } from "../../src/observe/gpu/nvidia/jetson.ts";
import { nvidiaSmiProbe } from "../../src/observe/gpu/nvidia/nvidia-smi.ts";
import { nvmlProcessProbe } from "../../src/observe/gpu/nvidia/nvml-process.ts";
import { raplProbe } from "../../src/observe/gpu/rapl.ts";
import { remoteProbes } from "../../src/observe/gpu/remote.ts";
import { probeLinuxHost } from "../../src/observe/host/linux-host.ts";
import { probeLinuxProcess } from "../../src/observe/host/process-source.ts";
import { Sampler } from "../../src/observe/sampler.ts";
import { scraper } from "../../src/observe/server/scrape.ts";
import { probeServer } from "../../src/observe/server/server-source.ts";
import type { Probe, ProbeContext, Source } from "../../src/observe/source.ts";
import { fakeNvml } from "../support/fake-nvml/fake-nvml.ts";
import { vllm } from "../support/metric-pages.ts";
import { scratchFolder } from "../support/scratch.ts";

const INTERVALS = { fast: 20, medium: 40 };
/** Until a source that is ill has said so, ms. */
const LONGEST = 15_000;
const clock = systemClock(originNow());
const ends: (() => unknown)[] = [];

afterAll(async () => {
  for (const end of ends) await end();
});

interface Stage {
  readonly probe: Probe;
  readonly context: Partial<ProbeContext>;
  /** Done once everything was looked for, before it is sampled. */
  readonly spoil?: () => void;
}

const healthy: Source = {
  ...{ kind: "test", tiers: ["fast"], close: () => undefined },
  facts: [{ source: "healthy", kind: "test", gives: ["x"], missing: {} }],
  read: () => [{ source: "healthy", at: clock.now(), values: { x: 1 } }],
};

/** Calls when a read of the source fails. */
function watched(source: Source, onFailure: () => void): Source {
  return {
    ...{ kind: source.kind, tiers: source.tiers, close: () => source.close() },
    get facts() {
      return source.facts;
    },
    read: async (tier) => {
      try {
        return await source.read(tier);
      } catch (thrown) {
        onFailure();
        throw thrown;
      }
    },
  };
}

/** What a run would write of the source, sampled beside one that is well until it has failed. */
async function linesBeside({ probe, context, spoil }: Stage): Promise<readonly RunLine[]> {
  const rows = [
    { source: "ill", probe },
    { source: "healthy", probe: () => Promise.resolve({ source: healthy }) },
  ];
  const whole: ProbeContext = { clock, env: {}, root: "/", platform: "linux", ...context };
  const found = await findSources(rows, whole, INTERVALS);
  spoil?.();
  const failed = new AbortController();
  if (complaints(found.lines).length > 0) failed.abort();
  const sources = found.sources.map((one) =>
    watched(one, () => {
      failed.abort();
    }),
  );
  const lines: RunLine[] = [...found.lines];
  const onLines = (some: readonly RunLine[]): number => lines.push(...some);
  const sampler = new Sampler(sources, { clock, worked: () => 0, intervals: INTERVALS, onLines });
  await clock.sleepUntil(clock.now() + LONGEST, failed.signal);
  await sampler.stop();
  return lines;
}

/** Why it gives nothing: found out at the start, or from its account at the end. */
function complaints(lines: readonly RunLine[]): readonly string[] {
  return lines.flatMap((line) => {
    if (line.type !== "source" || line.source === "healthy") return [];
    const { reason, account, missing = {} } = line;
    return [reason, account?.lastError, ...Object.values(missing)].filter(
      (words) => words !== undefined && words !== "",
    ) as string[];
  });
}

async function expectSafe(stage: Stage): Promise<void> {
  const lines = await linesBeside(stage);
  const beside = lines.filter((line) => line.type === "readings" && line.source === "healthy");
  expect(beside.length).toBeGreaterThan(0);
  expect(complaints(lines), JSON.stringify(lines).slice(0, 2000)).not.toEqual([]);
}

const GARBAGE = "\u0000\u0001{<garbage>[[\n".repeat(50);

// ---- Programs

interface Program {
  readonly name: string;
  readonly probe: () => Probe;
  /** One good answer. */
  readonly answer: string;
  readonly platform?: NodeJS.Platform;
}

const PLIST = `<plist version="1.0"><dict><key>gpu</key><dict><key>freq_hz</key><real>1398</real><key>idle_ratio</key><real>0.25</real></dict></dict></plist>`;

const programs: readonly Program[] = [
  { name: "nvidia-smi", probe: () => nvidiaSmiProbe({ pause: 20 }), answer: "" },
  {
    ...{ name: "amd-smi", probe: () => amdSmiProbe },
    answer: `printf '%s' '{"gpu_data":[{"gpu":0,"power":{"average_socket_power":90}}]}'`,
  },
  {
    ...{ name: "rocm-smi", probe: () => rocmSmiProbe },
    answer: `printf '%s' '{"card0":{"GPU use (%)":"12"}}'`,
  },
  {
    ...{ name: "tegrastats", probe: () => jetsonProbe(5) },
    answer: "echo 'RAM 9/62799MB GR3D_FREQ 12%@1300'",
  },
  {
    ...{ name: "powermetrics", probe: () => powermetricsProbe(5), platform: "darwin" },
    answer: `printf '%s\\0' '${PLIST}'`,
  },
  {
    ...{ name: "macmon", probe: () => macmonProbe(5), platform: "darwin" },
    answer: `echo '{"gpu_power":12.5}'`,
  },
];

/** The first time it answers; from then on it is dead. */
const dying = (answer: string): string =>
  `if [ -e "$0.ran" ]; then echo dead >&2; exit 3; fi; : > "$0.ran"\n${answer}`;

const scripts: readonly (readonly [string, (answer: string) => string])[] = [
  ["dies mid-run", dying],
  ["fails", () => "echo 'permission denied' >&2; exit 1"],
  ["hangs", () => "exec /bin/sleep 60"],
  ["babbles", () => `printf '%s' '${GARBAGE.replaceAll("\u0000", "")}'`],
];

function programStage({ name, probe, platform = "linux" }: Program, script?: string): Stage {
  const folder = scratchFolder("programs");
  if (script !== undefined) writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  if (script !== undefined) chmodSync(join(folder, name), 0o755);
  return { probe: probe(), context: { env: { PATH: folder }, platform } };
}

test.concurrent.each(
  programs.flatMap((program) =>
    scripts.map(([what, script]) => [program.name, what, program, script] as const),
  ),
)("%s that %s", async (_name, _what, program, script) => {
  await expectSafe(programStage(program, script(program.answer)));
});

test.concurrent.each(programs.map((program) => [program.name, program] as const))(
  "%s that is not there, and one that may not be run",
  async (name, program) => {
    await expectSafe(programStage(program));
    const stage = programStage(program, "exit 0");
    chmodSync(join(stage.context.env?.["PATH"] ?? "", name), 0o644);
    await expectSafe(stage);
  },
);

// ---- Pages

const DCGM = `DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="GPU-0",modelName="H100",Hostname="a"} 300\n`;

interface Page {
  readonly name: string;
  readonly good: string;
  readonly probe: (url: string) => Probe;
}

const pages: readonly Page[] = [
  {
    name: "an exporter",
    good: DCGM,
    probe: (url) => (context) =>
      remoteProbes({ urls: [{ url, headers: {} }], hosts: [] })[0]!.probe(context),
  },
  {
    name: "a server",
    good: vllm({}),
    probe: (baseUrl) => () =>
      probeServer({ baseUrl, product: "vllm" }, scraper({ headers: {} }, clock, 1000)),
  },
];

const listeners: readonly (readonly [string, (good: string) => RequestListener])[] = [
  [
    "dies mid-run",
    (good) => {
      let asked = 0;
      return (request, response) => {
        asked += 1;
        // An exporter is looked at twice before it is sampled.
        if (asked > 2) request.socket.destroy();
        else response.end(good);
      };
    },
  ],
  ["refuses", () => (_request, response) => response.writeHead(403).end("no")],
  ["wants a key", () => (_request, response) => response.writeHead(401).end("no")],
  ["hangs", () => () => undefined],
  ["babbles", () => (_request, response) => response.end(GARBAGE)],
  ["stops in the middle", (good) => (_request, response) => response.write(good.slice(0, 20))],
];

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

test.concurrent.each(
  pages.flatMap((page) => listeners.map(([what, make]) => [page.name, what, page, make] as const)),
)("%s that %s", async (_name, _what, { probe, good }, make) => {
  await expectSafe({ probe: probe(await listen(make(good))), context: {} });
});

test.concurrent.each(pages.map((page) => [page.name, page] as const))(
  "%s that is not there",
  async (_name, { probe }) => {
    await expectSafe({ probe: probe("http://127.0.0.1:1"), context: {} });
  },
);

// ---- Files

interface Files {
  readonly name: string;
  readonly probe: Probe;
  readonly tree: Readonly<Record<string, string>>;
}

const CARD = "sys/class/drm/card0/device";
const RAPL = "sys/class/powercap/intel-rapl:0";
const PROC = { "proc/stat": "cpu  1 0 1 7 1 0 0 0 0 0\n", "proc/self/auxv": "" };

const files: readonly Files[] = [
  {
    ...{ name: "amd-sysfs", probe: amdSysfsProbe },
    tree: { [`${CARD}/vendor`]: "0x1002\n", [`${CARD}/gpu_busy_percent`]: "87\n" },
  },
  {
    ...{ name: "intel-sysfs", probe: intelSysfsProbe },
    tree: { [`${CARD}/vendor`]: "0x8086\n", [`${CARD}/hwmon/hwmon1/energy1_input`]: "5000\n" },
  },
  {
    ...{ name: "rapl", probe: raplProbe },
    tree: {
      [`${RAPL}/name`]: "package-0\n",
      [`${RAPL}/energy_uj`]: "1000\n",
      [`${RAPL}/max_energy_range_uj`]: "9000\n",
    },
  },
  {
    ...{ name: "host", probe: (context) => Promise.resolve(probeLinuxHost(context)) },
    tree: { ...PROC, "proc/meminfo": "MemTotal: 1000 kB\nMemAvailable: 400 kB\n" },
  },
  {
    name: "a process",
    probe: (context) =>
      Promise.resolve(
        probeLinuxProcess({ source: "server-process", pid: 4242, children: true }, context),
      ),
    tree: { ...PROC, "proc/4242/stat": `4242 (x) S 1${" 1".repeat(48)}\n` },
  },
];

function plant({ tree }: Files): string {
  const root = scratchFolder("files");
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/**
 * What becomes of the files: of all of them, at the start or while they are sampled. They are
 * emptied first: unlike the kernel's, a file on a disk outlives its name while somebody holds it.
 */
const fates: readonly (readonly [string, (file: string) => void])[] = [
  [
    "gone",
    (file) => {
      writeFileSync(file, "");
      rmSync(file);
    },
  ],
  [
    // Root may read every file, but nobody a folder.
    "unreadable",
    (file) => {
      writeFileSync(file, "");
      rmSync(file);
      mkdirSync(file);
    },
  ],
  [
    "garbage",
    (file) => {
      writeFileSync(file, GARBAGE);
    },
  ],
];

test.concurrent.each(
  files.flatMap((one) => fates.map(([what, spoil]) => [one.name, what, one, spoil] as const)),
)("%s whose files are %s, from the start or from then on", async (_name, _what, one, spoil) => {
  const spoilAll = (root: string): void => {
    for (const path of Object.keys(one.tree)) spoil(join(root, path));
  };
  const bad = plant(one);
  spoilAll(bad);
  await expectSafe({ probe: one.probe, context: { root: bad } });
  const root = plant(one);
  const stage = { probe: one.probe, context: { root } };
  await expectSafe({
    ...stage,
    spoil: () => {
      spoilAll(root);
    },
  });
});

// ---- The driver's library

test.concurrent.each<readonly [string, Readonly<Record<string, string>>]>([
  ["is not there", { NVML_LIB: "/nowhere/nvml.so" }],
  ["is no library", { NVML_LIB: "/etc/passwd" }],
  ["may not be used", { FAKE_NVML_FAIL: "nvmlInit_v2", FAKE_NVML_RC: "4" }],
  ["crashes mid-run", { FAKE_NVML_CRASH_AFTER_MS: "300" }],
  ["hangs at once", { FAKE_NVML_HANG_AFTER_MS: "0" }],
])("NVML that %s", async (_what, settings) => {
  const env = { ...process.env, NVML_LIB: fakeNvml(), ...settings };
  const probe: Probe = async (context) => {
    const found = await nvmlProcessProbe(["--import", "tsx"])(context);
    await clock.sleepUntil(clock.now() + 500);
    return found;
  };
  await expectSafe({ probe, context: { env } });
});
