/**
 * The scenario of the self-calibration: streams of the scripted server. What to ask for, and how
 * often, comes as JSON in the parameters; see scripted-traffic.ts.
 */
import type { IterationContext, Options, Parameters } from "../../scenario/script.ts";
import type { ScriptedWork } from "./scripted-traffic.ts";

export const options = ({ env }: Parameters): Options =>
  JSON.parse(env["OPTIONS"] ?? "{}") as Options;

/** Read at every call: a process that runs several of them may load this module once. */
function workNow(): ScriptedWork {
  const text = __ENV["WORK"] ?? "";
  if (text !== last.text) last = { text, work: JSON.parse(text) as ScriptedWork };
  return last.work;
}

let last: { text: string; work: ScriptedWork } = { text: "", work: { scripts: [] } };

/** Consecutive multiples of it, modulo 1, are spread evenly, however many there are. */
const GOLDEN = 0.618033988749895;

const messages = [{ role: "user", content: "calibrate" }] as const;

const stream = async ({ llm, iteration: { index } }: IterationContext): Promise<void> => {
  const { scripts, stagger = 0, truth = true } = workNow();
  const script = scripts[index % scripts.length];
  const ttft = (script?.ttft ?? 0) + stagger * ((index * GOLDEN) % 1);
  const id = truth ? { id: String(index) } : {};
  await llm({ api: "auto", messages, body: { plimsoll_script: { ...script, ttft, ...id } } });
};

export default stream;
