/** Part (a): false alarms and power on simulated nights, by noise and by rule. */
import type { BenchRow, BenchTable } from "../table.ts";
import { noiseLevels, requestNoise, type NoiseLevel } from "./sessions.ts";
import { RUNS, simulate, type CellResult } from "./simulate.ts";
import { shown } from "./tally.ts";

const EFFECTS = [0.025, 0.05, 0.1, 0.2];
const REQUESTS = 1000;

export function* simulatedTables(trials: number, only = ""): Generator<BenchTable> {
  for (const noise of noiseLevels.filter(({ name }) => name.startsWith(only)))
    yield tableOf(noise, trials);
}

function tableOf(noise: NoiseLevel, trials: number): BenchTable {
  const pool = requestNoise(REQUESTS);
  const quiet = simulate({ noise, effect: 0, trials }, pool);
  const results = [
    quiet,
    ...EFFECTS.map((effect) => simulate({ noise, effect, trials }, pool, quiet.rivalRuns)),
  ];
  const names = [...(results[0]?.rules.keys() ?? [])];
  return {
    title:
      `${noise.name} session/run noise, p95 of ${REQUESTS} requests, 6 metrics, 20 nights of ${RUNS} runs, ` +
      `${trials} nights a cell: share flagged as worse [95 % Wilson]`,
    rows: [...names.map((name) => rowOf(name, results)), ...costRows(results)],
  };
}

function rowOf(rule: string, results: readonly CellResult[]): BenchRow {
  const cells = results.map(({ cell, rules }) => {
    const found = rules.get(rule);
    return [columnOf(cell.effect), found === undefined ? undefined : shown(found)] as const;
  });
  return { rule, ...Object.fromEntries(cells) };
}

function costRows(results: readonly CellResult[]): BenchRow[] {
  const row = (rule: string, value: (result: CellResult) => string): BenchRow => ({
    rule,
    ...Object.fromEntries(results.map((result) => [columnOf(result.cell.effect), value(result)])),
  });
  return [
    row("ours: runs a night", ({ runs }) => runs.toFixed(1)),
    row("others: runs a night", ({ rivalRuns }) => String(rivalRuns)),
    row("ours: inconclusive", ({ inconclusive }) => shown(inconclusive)),
  ];
}

function columnOf(effect: number): string {
  return effect === 0 ? "false alarms" : `+${effect * 100} %`;
}
