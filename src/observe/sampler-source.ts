/** The sampler's own thread: what it costs to look. Source: `sampler`. */
import { KeptFile } from "./kept-file.ts";
import { growth } from "./rate.ts";
import type { ProbeContext, Source } from "./source.ts";

const NAME = "sampler";

/**
 * @param worked how long this thread has worked, ms: used where the kernel does not account for
 *   threads; it counts what Node does, and not what the kernel does for it
 */
export function samplerSource({ clock }: ProbeContext, worked: () => number): Source {
  // Bound to the thread that opens it. First number: time on a CPU, in ns (sched-stats of Linux).
  const file = new KeptFile("/proc/thread-self/schedstat");
  const spent = (): number => {
    const nanoseconds = Number(/^\d+/.exec(file.peek() ?? "")?.[0] ?? NaN);
    return nanoseconds > 0 ? nanoseconds / 1e6 : worked();
  };
  const coresUsed = growth();
  coresUsed(clock.now(), spent());
  return {
    kind: "thread",
    tiers: ["medium"],
    facts: [{ source: NAME, kind: "thread", gives: ["proc_cpu"], missing: {} }],
    read: () => {
      const at = clock.now();
      return [{ source: NAME, at, values: { proc_cpu: coresUsed(at, spent()) } }];
    },
    close: () => {
      file.close();
    },
  };
}
