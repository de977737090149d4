/**
 * What may stand in `options`, with k6's names, defaults and rules (k6 2.2, lib/executor and
 * lib/options.go) and our additions. Parsing turns every duration into ms.
 */
import { z } from "zod";
import { failureKinds } from "../../core/request-record.ts";
import {
  byName,
  duration,
  expectedText,
  flag,
  integer,
  listOf,
  name,
  oneOf,
  positive,
  strict,
  text,
  texts,
} from "./fields.ts";
import { sloMetrics, type SloMetric } from "../plan.ts";
import type { Trace } from "../trace/trace.ts";

/** k6 refuses shorter ones: "the duration must be at least 1s". */
const atLeastOneSecond = duration(1000);

const shared = {
  startTime: duration().default(0),
  gracefulStop: duration().optional(),
  exec: name.default("default"),
  env: texts.default({}),
  tags: texts.default({}),
  /** k6's browser options; without meaning here. */
  options: z.unknown().optional(),
};

const phase = { phase: name.optional() };
const warmup = { ...phase, warmup: duration().default(0) };

const arrival = {
  timeUnit: duration(1).default(1000),
  preAllocatedVUs: integer(0),
  maxVUs: integer(1).optional(),
  arrival: oneOf(["constant", "poisson", "gamma"]).default("constant"),
  burstiness: positive.optional(),
};

const stages = listOf(strict({ duration: duration(), target: integer(0), ...phase }));

/** Traces are made by `traces.read`, which checks them: here it is enough to know one. */
const trace = z.custom<Trace>((value) => Array.isArray((value as Partial<Trace> | null)?.entries), {
  error: "expected what traces.read(...) returns",
});

/** One row for each executor. */
export const executors = {
  "constant-arrival-rate": strict({
    executor: z.literal("constant-arrival-rate"),
    ...shared,
    ...warmup,
    ...arrival,
    rate: integer(1),
    duration: atLeastOneSecond,
  }),
  "ramping-arrival-rate": strict({
    executor: z.literal("ramping-arrival-rate"),
    ...shared,
    ...warmup,
    ...arrival,
    startRate: integer(0).default(0),
    stages,
  }),
  "constant-vus": strict({
    executor: z.literal("constant-vus"),
    ...shared,
    ...warmup,
    vus: integer(1).default(1),
    duration: atLeastOneSecond,
  }),
  "ramping-vus": strict({
    executor: z.literal("ramping-vus"),
    ...shared,
    ...warmup,
    startVUs: integer(0).default(1),
    stages,
    gracefulRampDown: duration().default(30_000),
  }),
  "shared-iterations": strict({
    executor: z.literal("shared-iterations"),
    ...shared,
    ...phase,
    vus: integer(1).default(1),
    iterations: integer(1).default(1),
    maxDuration: atLeastOneSecond.default(600_000),
  }),
  "per-vu-iterations": strict({
    executor: z.literal("per-vu-iterations"),
    ...shared,
    ...phase,
    vus: integer(1).default(1),
    iterations: integer(1).default(1),
    maxDuration: atLeastOneSecond.default(600_000),
  }),
  trace: strict({
    executor: z.literal("trace"),
    ...shared,
    ...phase,
    trace,
    preAllocatedVUs: integer(0).optional(),
    maxVUs: integer(1).optional(),
  }),
} as const;

export type ExecutorName = keyof typeof executors;
export type ParsedScenario = z.output<(typeof executors)[ExecutorName]>;

const threshold = z.preprocess(
  (value) => (typeof value === "string" ? { threshold: value } : value),
  strict({
    threshold: text,
    abortOnFail: flag.default(false),
    delayAbortEval: duration().default(0),
    noData: oneOf(["fail", "pass"]).default("fail"),
  }),
);

const deadline = duration().optional();

/** Failures of the request; the end of the run and the user's patience are none to try again after. */
const retried = failureKinds.filter((kind) => kind !== "interrupted" && kind !== "abandoned");

/** As OpenAI's SDKs: a number is `maxRetries`. */
const retries = z.preprocess(
  (value) => (typeof value === "number" ? { maxRetries: value } : value),
  strict({
    maxRetries: integer(0),
    on: listOf(oneOf(retried)).optional(),
    backoff: duration().optional(),
    maxBackoff: duration().optional(),
    maxRetryAfter: duration().optional(),
  }),
);

const expected = expectedText.optional();

/** Its answer is long enough to differ, and short enough to be no load. */
const DEFAULT_CANARY = "Count from one to twenty in words.";

/** `true`: the canaries that need no words of yours. */
const canaries = z.preprocess(
  (value) =>
    value === true ? { prompts: [DEFAULT_CANARY], replies: { wellFormed: true } } : value,
  strict({
    every: duration(1000).default(10_000),
    prompts: listOf(
      z.preprocess(
        (value) => (typeof value === "string" ? { prompt: value } : value),
        strict({
          prompt: text,
          system: text.optional(),
          maxTokens: integer(1).default(32),
          expect: expected,
        }),
      ),
    ).default([]),
    replies: strict({ expect: expected, wellFormed: flag.default(false) }).default({
      expect: undefined,
      wellFormed: false,
    }),
  }),
);

/** A text is the name. */
const metricPlace = z.preprocess(
  (value) => (typeof value === "string" ? { name: value } : value),
  strict({ name: text, labels: texts.optional(), factor: positive.optional() }),
);

/** Everything but the scenarios, which need their executor's own rules. */
export const optionsSchema = strict({
  scenarios: byName(z.unknown()).optional(),
  vus: integer(1).optional(),
  duration: duration().optional(),
  iterations: integer(1).optional(),
  stages: listOf(z.unknown()).optional(),
  tags: texts.default({}),
  thresholds: byName(listOf(threshold)).default({}),
  slo: strict(
    Object.fromEntries(sloMetrics.map((metric) => [metric, duration().optional()])) as Record<
      SloMetric,
      z.ZodOptional<ReturnType<typeof duration>>
    >,
  ).default({}),
  deadlines: strict({
    connect: deadline,
    headers: deadline,
    firstContent: deadline,
    nextContent: deadline,
    total: deadline,
  }).default({}),
  retries: retries.optional(),
  canaries: canaries.optional(),
  cachePrompt: flag.optional(),
  metrics: byName(metricPlace).default({}),
  seed: integer(0).optional(),
  setupTimeout: duration(1).default(60_000),
  teardownTimeout: duration(1).default(60_000),
});

export type ParsedOptions = z.output<typeof optionsSchema>;

/**
 * k6 options that are accepted and have no effect, with the reason where one is owed: what a user
 * could expect to change the traffic.
 */
export const ignoredOptions: Readonly<Record<string, string | undefined>> = {
  batch: undefined,
  batchPerHost: undefined,
  blacklistIPs: "hosts are not blocked",
  blockHostnames: "hosts are not blocked",
  cloud: undefined,
  discardResponseBodies: undefined,
  dns: undefined,
  executionSegment: "use --workers",
  executionSegmentSequence: "use --workers",
  ext: undefined,
  handleSummaryTimeout: undefined,
  hosts: "names resolve as the system says",
  httpDebug: undefined,
  insecureSkipTLSVerify: "certificates are verified",
  linger: undefined,
  localIPs: undefined,
  maxRedirects: undefined,
  minIterationDuration: "use sleep in the scenario",
  noConnectionReuse: "connections follow the API",
  noCookiesReset: undefined,
  noUsageReport: undefined,
  noVUConnectionReuse: "connections follow the API",
  paused: "the traffic starts when the target is ready",
  rps: "use an arrival-rate executor",
  summaryTimeUnit: undefined,
  summaryTrendStats: undefined,
  systemTags: undefined,
  throw: "a failed request is a reply that is not ok",
  tlsAIAFetch: undefined,
  tlsAuth: "client certificates are not sent",
  tlsCipherSuites: undefined,
  tlsVersion: undefined,
  userAgent: undefined,
  vusMax: "use maxVUs in the scenario",
};
