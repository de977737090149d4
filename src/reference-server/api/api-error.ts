/** Errors as llama-server answers them: one JSON object, its status repeated as `code`. */

/** llama-server's error types and their HTTP status. */
const statuses = {
  invalid_request_error: 400,
  exceed_context_size_error: 400,
  authentication_error: 401,
  not_found_error: 404,
  request_too_large_error: 413,
  server_error: 500,
  not_supported_error: 501,
  unavailable_error: 503,
} as const;

export type ApiErrorType = keyof typeof statuses;

/** A request that cannot be answered; the handler's caller turns it into a response. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly type: ApiErrorType;
  readonly details: Readonly<Record<string, number>>;

  constructor(type: ApiErrorType, message: string, details: Record<string, number> = {}) {
    super(message);
    this.type = type;
    this.details = details;
  }

  get status(): number {
    return statuses[this.type];
  }

  /** The object under `error`. */
  toJSON(): Record<string, unknown> {
    return { code: this.status, message: this.message, type: this.type, ...this.details };
  }
}

export function invalidRequest(message: string): ApiError {
  return new ApiError("invalid_request_error", message);
}

/** A prompt that leaves no room for a token. */
export function contextExceeded(promptTokens: number, contextSize: number): ApiError {
  const message =
    `request (${promptTokens} tokens) exceeds the available context size ` +
    `(${contextSize} tokens), try increasing it`;
  return new ApiError("exceed_context_size_error", message, {
    n_prompt_tokens: promptTokens,
    n_ctx: contextSize,
  });
}

/** Anything thrown while answering, as what the client is told. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  return new ApiError("server_error", thrown instanceof Error ? thrown.message : String(thrown));
}
