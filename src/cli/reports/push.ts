/**
 * Sends a run's numbers to where a team collects them: a Prometheus Pushgateway, or an OTLP/HTTP
 * endpoint. Credentials in the URL become an Authorization header and are never shown.
 */
import { messageOf, usageError } from "../../core/errors.ts";
import type { ReportInput } from "../../report/page/report-input.ts";
import { renderOtlp } from "../../report/export/otlp.ts";
import { renderPrometheus } from "../../report/export/prometheus.ts";
import type { Flags } from "../flags/flags.ts";
import type { World } from "../world.ts";
import { PUSH_FLAGS } from "../flags/output-flags.ts";

/** A collector that does not answer must not hold up a nightly job. */
const PATIENCE = 10_000;

export interface Destination {
  readonly flag: keyof typeof PUSH_FLAGS;
  readonly url: URL;
}

/** Where the numbers go. @throws PlimsollError (usage) when a URL is none, before anything runs */
export function destinationsOf(flags: Flags): readonly Destination[] {
  return (Object.keys(PUSH_FLAGS) as (keyof typeof PUSH_FLAGS)[]).flatMap((flag) => {
    const text = flags.text(flag);
    if (text === undefined) return [];
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url !== undefined && /^https?:$/.test(url.protocol)) return [{ flag, url }];
    throw usageError(`--${flag}: this is not an http URL`, "Write http://host:port");
  });
}

/**
 * Sends, and says on stderr which destination did not take the numbers. The run stands all the
 * same: its verdict does not depend on a collector.
 *
 * @returns how many did not
 */
export async function pushTo(
  destinations: readonly Destination[],
  input: ReportInput,
  world: World,
): Promise<number> {
  let problems = 0;
  for (const { flag, url } of destinations) {
    const problem = await send(requestFor(flag, url, input));
    if (problem === undefined) continue;
    problems += 1;
    const where = `${url.protocol}//${url.host}`;
    world.stderr.write(`plimsoll: --${flag}: ${where} did not take the run: ${problem}\n`);
  }
  return problems;
}

interface PushRequest {
  readonly url: string;
  readonly init: RequestInit;
}

function requestFor(flag: Destination["flag"], url: URL, input: ReportInput): PushRequest {
  const target = new URL(url);
  const { username, password } = target;
  target.username = "";
  target.password = "";
  const base = target.pathname.replace(/\/+$/, "");
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization =
    username === "" ? {} : { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
  if (flag === "otlp") {
    target.pathname = base.endsWith("/v1/metrics") ? base : `${base}/v1/metrics`;
    const headers = { ...authorization, "content-type": "application/json" };
    return { url: target.href, init: { method: "POST", headers, body: renderOtlp(input) } };
  }
  const scenario = Buffer.from(input.summary.run.name).toString("base64url");
  target.pathname = `${base}/metrics/job/plimsoll/scenario@base64/${scenario}`;
  const headers = { ...authorization, "content-type": "text/plain; version=0.0.4" };
  const body = renderPrometheus(input.summary);
  // PUT replaces the group: a metric that this run does not have must not linger from the last.
  return { url: target.href, init: { method: "PUT", headers, body } };
}

async function send({ url, init }: PushRequest): Promise<string | undefined> {
  try {
    const response = await fetch(url, {
      ...init,
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE),
    });
    const text = (await response.text()).trim().split("\n", 1)[0]?.slice(0, 200) ?? "";
    return response.ok ? undefined : `HTTP ${response.status}${text === "" ? "" : `: ${text}`}`;
  } catch (thrown) {
    const cause = thrown instanceof Error ? thrown.cause : undefined;
    return messageOf(cause ?? thrown);
  }
}
