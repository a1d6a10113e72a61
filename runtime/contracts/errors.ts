import { z } from 'zod';

/**
 * The closed set of error codes. A code is stable: clients decide by it, never by the text.
 * `http` is the status an HTTP answer with this code has.
 */
export const errorCodes = {
  AOS_CONFIG_INVALID: { http: 422 },
  AOS_BAD_REQUEST: { http: 422 },
  AOS_BODY_TOO_LARGE: { http: 413 },
  AOS_UNAUTHORIZED: { http: 401 },
  AOS_FORBIDDEN_HOST: { http: 403 },
  AOS_FORBIDDEN: { http: 403 },
  AOS_IDENTITY: { http: 503 },
  AOS_NOT_FOUND: { http: 404 },
  AOS_AGENT_NOT_FOUND: { http: 404 },
  AOS_ADAPTER_NOT_FOUND: { http: 404 },
  AOS_AGENT_EXISTS: { http: 409 },
  AOS_AGENT_STOPPED: { http: 409 },
  AOS_ADAPTER_EXISTS: { http: 409 },
  AOS_ADAPTER_REFUSED: { http: 424 },
  AOS_STATE_CONFLICT: { http: 409 },
  AOS_BULKHEAD_FULL: { http: 429 },
  AOS_BREAKER_OPEN: { http: 503 },
  AOS_INFERENCE_FAILED: { http: 502 },
  AOS_DEADLINE: { http: 504 },
  AOS_CANCELLED: { http: 499 },
  AOS_HANDLER_FAILED: { http: 500 },
  AOS_HANDLER_LOAD: { http: 500 },
  AOS_TOOL_FAILED: { http: 502 },
  AOS_ENGINE_INSTALL: { http: 500 },
  AOS_STORAGE: { http: 502 },
  AOS_HOTSPOT_KEY: { http: 422 },
  AOS_SERVICE_BUS: { http: 502 },
  AOS_MESSAGE_TOO_LARGE: { http: 413 },
  AOS_PRICES: { http: 502 },
  AOS_AZURE: { http: 502 },
  AOS_DATA_LOCKED: { http: 500 },
  AOS_PORT_TAKEN: { http: 500 },
  AOS_CRASHED: { http: 500 },
  AOS_START_TIMEOUT: { http: 500 },
  AOS_NOT_RUNNING: { http: 503 },
  AOS_DISPOSED: { http: 503 },
  AOS_INTERNAL: { http: 500 },
} as const satisfies Record<string, { http: number }>;

export type ErrorCode = keyof typeof errorCodes;

export const errorCodeSchema = z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]);

/** The body of every error answer of the HTTP API. `error` is one sentence or two, never a stack trace. */
export const errorBodySchema = z.object({
  error: z.string(),
  code: errorCodeSchema,
  /** Further facts for clients, e.g. `retry_after_ms`, `path`, `issues`. */
  details: z.record(z.string(), z.unknown()).optional(),
  trace_id: z.string().optional(),
});
export type ErrorBody = z.infer<typeof errorBodySchema>;
