/**
 * A scenario file as a person writes it: what it exports, and what its function is handed. The
 * shape is k6's, with k6's own types, so what people know carries over; our additions are optional
 * fields by intersection.
 */
import type * as k6 from "k6/options";
import type { MetricPlace } from "../core/metric-mapping.ts";
import type { Random } from "../core/random.ts";
import type { FailureKind } from "../core/request-record.ts";
import type { LlmRequest, Reply } from "../core/request.ts";
import type { SeriesName } from "../core/telemetry.ts";
import type { Vocabulary } from "./vocabulary.ts";
import type { LengthsPlan, SloMetric } from "./plan.ts";
import type { Trace } from "./trace/trace.ts";

/** Everything a scenario file may export. `exec` may name further exported functions. */
export interface Scenario {
  readonly options?: Options | OptionsFunction;
  readonly default: ScenarioFunction;
  /** Runs once, before the traffic; what it returns is every iteration's `data`. */
  readonly setup?: (context: SetupContext) => unknown;
  /** Runs once, after the traffic. */
  readonly teardown?: (context: SetupContext, data: unknown) => unknown;
}

/** Called once, before anything starts; must be pure: it decides what the run is. */
export type OptionsFunction = (parameters: Parameters) => Options;

/** What the command line tells a scenario. */
export interface Parameters {
  /** `--peak`: the expected peak, requests per second. The profiles have a default without it. */
  readonly peak?: number;
  /** Every `-e KEY=VALUE`; the same values are in k6's `__ENV`. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** k6's `options`, unchanged, and ours. Durations as in k6: `"1m30s"`; a bare number is ms. */
export type Options = Omit<k6.Options, "scenarios" | "stages" | "thresholds"> & {
  scenarios?: Record<string, ScenarioOptions>;
  stages?: Stage[];
  thresholds?: Record<string, (string | ThresholdOptions)[]>;
  /** Limits for one request, e.g. `{ ttft: "500ms" }`: a request is good when it meets them all. */
  slo?: Partial<Record<SloMetric, Duration>>;
  /** When to give up on a request; see `defaultDeadlines`. 0 switches one off. */
  deadlines?: DeadlineOptions;
  /**
   * How often a failed request is tried again, as in OpenAI's SDKs (`max_retries`). Default 0; every
   * attempt is a record, and enters `request_failed`.
   */
  retries?: number | RetryOptions;
  /** Looks at what comes back. Default off; true: the same text again and again, well-formed replies. */
  canaries?: true | CanaryOptions;
  /**
   * False: the server shall compute every prompt in full, as far as it can be made to; requests may
   * say otherwise. Default: whatever the server does.
   */
  cachePrompt?: boolean;
  /**
   * Where the service's own page of metrics has what we call by our names, for services that
   * Plimsoll does not know: `{ server_waiting: "inference_queue_depth" }`.
   */
  metrics?: Partial<Record<SeriesName, string | MetricPlace>>;
  /** The work of every iteration follows from it; `--seed` overrides it. Default 1. */
  seed?: number;
};

export type Duration = string | number;

export interface DeadlineOptions {
  connect?: Duration;
  headers?: Duration;
  firstContent?: Duration;
  /** Longest silence between two content events. */
  nextContent?: Duration;
  total?: Duration;
}

export interface RetryOptions {
  /** Attempts after the first. */
  maxRetries: number;
  /** Kinds of failure to try again after. Default: what OpenAI's SDKs try again. */
  on?: FailureKind[];
  /** Wait before the first retry; it doubles with each. Default 500 ms. */
  backoff?: Duration;
  /** Default 8 s. */
  maxBackoff?: Duration;
  /** Longest `Retry-After` that is obeyed; 0: none is. Default 1 m. */
  maxRetryAfter?: Duration;
}

export interface CanaryOptions {
  /** Between two rounds of canary requests. Default 10 s. */
  every?: Duration;
  /** Asked in every round at temperature 0: each must give the same text over the whole run. */
  prompts?: (string | CanaryPromptOptions)[];
  /** Checked on every reply of the scenario. */
  replies?: { expect?: string | RegExp; wellFormed?: boolean };
}

export interface CanaryPromptOptions {
  prompt: string;
  system?: string;
  /** Default 32. */
  maxTokens?: number;
  /** A text that must be in the reply, or a pattern that must match it. */
  expect?: string | RegExp;
}

export type ThresholdOptions = k6.ObjectThreshold & {
  /** What a threshold over no data is. k6 passes it silently; we fail it unless told otherwise. */
  noData?: "pass" | "fail";
};

/** One of k6's scenario objects with our optional fields, or a recorded trace. */
export type ScenarioOptions =
  | (Segmented<k6.ConstantArrivalRateScenario> & ArrivalOptions)
  | (Staged<k6.RampingArrivalRateScenario> & ArrivalOptions)
  | Segmented<k6.ConstantVUsScenario>
  | Staged<k6.RampingVUsScenario>
  | (Plain<k6.SharedIterationsScenario> & PhaseOptions)
  | (Plain<k6.PerVUIterationsScenario> & PhaseOptions)
  | TraceScenario;

/** k6's types declare classes; scenarios are plain objects. */
type Plain<Shape> = Pick<Shape, keyof Shape>;
type Segmented<Shape> = Plain<Shape> & PhaseOptions & WarmupOptions;
type Staged<Shape extends { stages: unknown }> = Omit<Segmented<Shape>, "stages"> & {
  stages: Stage[];
};

export type Stage = k6.Stage & PhaseOptions;

interface PhaseOptions {
  /**
   * Name of this part of the traffic, in records and reports. What is called `warmup` is kept in
   * the file and excluded from metrics. Default: the phase before it, else `main`.
   */
  phase?: string;
}

interface WarmupOptions {
  /** Traffic at the level it starts with, before the rest and not measured. Default none. */
  warmup?: Duration;
}

interface ArrivalOptions {
  /** How starts are spread: evenly (k6), or at random as independent users are. Default constant. */
  arrival?: "constant" | "poisson" | "gamma";
  /** Shape of gamma-distributed gaps: 1 is Poisson, below is burstier. Only with gamma. */
  burstiness?: number;
}

/** Starts are those of a recorded trace. */
export interface TraceScenario extends Partial<
  Pick<k6.BaseScenario, "startTime" | "gracefulStop" | "exec" | "env" | "tags">
> {
  executor: "trace";
  trace: Trace;
  phase?: string;
  preAllocatedVUs?: number;
  maxVUs?: number;
}

/** One call makes one iteration; it may make any number of requests, one after the other. */
export type ScenarioFunction = (context: IterationContext, data?: unknown) => unknown;

/** What `setup` and `teardown` can use. Their requests are not part of the measurement. */
export type SetupContext = Pick<IterationContext, "llm" | "sleep" | "env">;

export interface IterationContext {
  /** Sends a request and waits for its end. Never throws: a failure is a reply that is not `ok`. */
  readonly llm: (request: LlmRequest) => Promise<Reply>;
  /** Records whether each check holds, as k6 does; true when all do. A throwing check fails. */
  readonly check: <Value>(
    value: Value,
    checks: Readonly<Record<string, (value: Value) => boolean>>,
  ) => boolean;
  /** Waits, in seconds as in k6. */
  readonly sleep: (seconds: number) => Promise<void>;
  readonly iteration: Iteration;
  readonly vu: { readonly id: number };
  /** Added to the records of the requests that this iteration makes from now on. */
  readonly tags: Record<string, string>;
  /** `-e KEY=VALUE`, and the scenario's own `env` over it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What `setup` returned. */
  readonly data: unknown;
}

/** The work of an iteration is a function of this, and of nothing else. */
export interface Iteration {
  readonly seed: number;
  /**
   * What the words of this run's prompts follow from beside the seed: a server that remembers the
   * prompts of another run has not seen these. Lengths, arrivals and sampling do not depend on it.
   */
  readonly salt: string;
  readonly scenario: string;
  readonly phase: string;
  /** k: 0 for the first iteration of the scenario. */
  readonly index: number;
  /** A stream of random numbers for this iteration; every label has its own. */
  readonly random: (label: string) => Random;
  /** The same for what a prompt says: other numbers in a run of another salt. */
  readonly salted: (label: string) => Random;
  /** The words of which prompts are made for this server. */
  readonly vocabulary: Vocabulary;
  /** `--prompt-tokens` and `--output-tokens`: in place of the lengths of synthetic prompts. */
  readonly lengths?: LengthsPlan;
}
