/**
 * CPU time of a machine that belongs neither to the server nor to the client: what other programs
 * took, as a share of all cores, reading by reading.
 */
import type { SampleCollector, SampleSeries } from "../collect/samples.ts";
import { contains, type Span } from "../collect/spans.ts";
import { Distribution } from "../../stats/distribution.ts";

/** What other programs took of the machine that had most of them, or why it is not known. */
export type ForeignCpu =
  { readonly source: string; readonly shares: Distribution } | { readonly missing: string };

/** Readings of a machine and of its processes are of the same moment when no further apart, ms. */
const SAME_MOMENT = 400;

const HOST = "host";
const SERVER = "server-process";

/**
 * @param sameMachine whether the server is known to run beside the client, or not to
 */
export function foreignCpu(
  samples: SampleCollector,
  windows: readonly Span[],
  sameMachine: boolean | undefined,
): ForeignCpu {
  const here = samples.find("host_cpu", HOST);
  if (here === undefined) return { missing: "the machine's CPU time was not sampled" };
  const own = sameMachine === false ? ["client"] : ["client", SERVER];
  const found = shareOfOthers(samples, { host: here, own, windows });
  // The server's machine, where an agent samples it, and only one.
  const agents = samples.of("host_cpu").filter(({ source }) => source !== HOST);
  const [there] = agents;
  if (sameMachine !== false || there === undefined || agents.length > 1) return found;
  return worse(found, shareOfOthers(samples, { host: there, own: [SERVER], windows }));
}

interface Machine {
  readonly host: SampleSeries;
  /** Sources of the processes that belong to the measurement. */
  readonly own: readonly string[];
  readonly windows: readonly Span[];
}

function shareOfOthers(samples: SampleCollector, { host, own, windows }: Machine): ForeignCpu {
  const { source } = host;
  const cores = samples.find("host_cores", source)?.values.view().at(-1);
  if (cores === undefined) return { missing: `${source} does not tell how many cores it has` };
  const processes = own.map((name) => ({ name, series: samples.find("proc_cpu", name) }));
  const unknown = processes.find(({ series }) => series === undefined);
  if (unknown !== undefined) return { missing: `the CPU time of the ${unknown.name} is not known` };
  const readers = processes.flatMap(({ series }) => (series ? [readingNear(series)] : []));
  const shares = new Distribution();
  const times = host.at.view();
  for (const [i, busy] of host.values.view().entries()) {
    const at = times[i] ?? 0;
    const used = readers.map((near) => near(at));
    if (!contains(windows, at) || used.includes(undefined)) continue;
    const ours = used.reduce<number>((sum, one) => sum + (one ?? 0), 0);
    shares.add(Math.max(0, busy - ours / cores));
  }
  return { source, shares };
}

/** For moments that are asked for in ascending order. */
function readingNear({ at, values }: SampleSeries): (moment: number) => number | undefined {
  let i = 0;
  return (moment) => {
    const times = at.view();
    const distance = (j: number): number => Math.abs((times[j] ?? Infinity) - moment);
    while (i + 1 < times.length && distance(i + 1) <= distance(i)) i += 1;
    return distance(i) <= SAME_MOMENT ? values.view()[i] : undefined;
  };
}

function worse(a: ForeignCpu, b: ForeignCpu): ForeignCpu {
  if ("missing" in a) return "missing" in b ? a : b;
  if ("missing" in b) return a;
  return (b.shares.mean ?? 0) > (a.shares.mean ?? 0) ? b : a;
}
