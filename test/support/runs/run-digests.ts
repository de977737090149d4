/** Digests of runs, as tests want them. */
import type { RunDigest } from "../../../src/judge/digest/digest.ts";
import type { Figure } from "../../../src/judge/digest/figures.ts";

export const FINGERPRINT = {
  "host.cpu": "Test CPU",
  "plan.hash": "p1",
  "plimsoll.statistics": 1,
  "server.build": "b1",
  "server.flags": "--threads 4",
  "model.name": "tiny.gguf",
};

const LEVELS = {
  "ttft_scheduled p50": 100,
  "ttft_scheduled p95": 200,
  "ttft p50": 99,
  "tpot p50": 10,
  output_tokens_per_second: 500,
};

/** @param scale what every time is multiplied by, and throughput divided */
export function digest(run: string, scale = 1, more: Partial<RunDigest> = {}): RunDigest {
  const figures = Object.entries(LEVELS).map(([id, value]): [string, Figure] => [
    id,
    { value: id.includes("second") ? value / scale : value * scale, effective: 2000, count: 3000 },
  ]);
  return {
    run,
    scenario: "steady",
    startedAt: `2026-11-20T20:${run.replace(/\D/g, "").padStart(2, "0").slice(-2)}:00.000Z`,
    session: "evening",
    plimsoll: "0.1.0",
    planHash: "p1",
    loop: "open",
    status: "passed",
    validity: "valid",
    requests: 3000,
    measuredMs: 60_000,
    fingerprint: FINGERPRINT,
    figures: {
      ...Object.fromEntries(figures),
      request_failed: { value: 0, count: 3000, passes: 0, effective: 3000 },
    },
    limits: [],
    ...more,
  };
}

/** Runs of one level with half a per cent of noise. */
export function digests(count: number, scale = 1, more: Partial<RunDigest> = {}): RunDigest[] {
  const name = more.session ?? "run";
  return Array.from({ length: count }, (_, i) =>
    digest(`${name}-${i}`, scale * (1 + 0.005 * ((i % 3) - 1)), more),
  );
}
