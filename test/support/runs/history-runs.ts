/** Nights of a scenario, one run each, with 1 % of noise. */
import { randomStream } from "../../../src/core/random.ts";
import type { RunDigest } from "../../../src/judge/digest/digest.ts";
import { digest, FINGERPRINT } from "./run-digests.ts";

/** @param levelOf what every time of a night is multiplied by, and throughput divided */
export function historyRuns(
  count: number,
  levelOf: (night: number) => number,
  named: { readonly commit?: string; readonly build?: (night: number) => string } = {},
): readonly RunDigest[] {
  const random = randomStream("history", count);
  const build = named.build ?? ((night) => (night < 20 ? "b1" : "b2"));
  return Array.from({ length: count }, (_, night) =>
    digest(`run-${night}`, levelOf(night) * Math.exp(0.01 * random.normal()), {
      session: `night-${night}`,
      startedAt: new Date(Date.UTC(2026, 0, 1 + night)).toISOString(),
      fingerprint: {
        ...FINGERPRINT,
        "server.build": build(night),
        "git.commit": named.commit ?? `c${night}`,
      },
    }),
  );
}
