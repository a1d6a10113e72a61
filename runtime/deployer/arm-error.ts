/** An error as Azure writes it; the cause is often deep in the details. */
interface ArmErrorBody {
  code?: string;
  message?: string;
  details?: readonly ArmErrorBody[] | null;
}

/** One reason for a failure, in Azure's words. */
export interface ArmCause {
  code: string;
  message: string;
}

/** Azure Resource Manager has refused a request, or an operation of it has failed. */
export class ArmError extends Error {
  override readonly name = 'ArmError';
  /** HTTP status; 200 for an operation that failed later. */
  readonly status: number;
  /** The innermost first; at least one. */
  readonly causes: readonly ArmCause[];
  readonly retryAfterMs: number | undefined;

  constructor(status: number, body: unknown, retryAfterMs?: number) {
    const causes = causesOf((body as { error?: ArmErrorBody } | undefined)?.error);
    const [first = { code: `HTTP ${status}`, message: `Azure answered with status ${status}.` }] = causes;
    super(first.message);
    this.status = status;
    this.causes = causes.length > 0 ? causes : [first];
    this.retryAfterMs = retryAfterMs;
  }
}

/** Every error of a tree of them, those without details first. */
export function causesOf(error: ArmErrorBody | null | undefined): ArmCause[] {
  if (!error?.code) return [];
  const inner = (error.details ?? []).flatMap(causesOf);
  return [...inner, { code: error.code, message: error.message ?? error.code }];
}

/** @param header of `Retry-After`: seconds, or a date */
export function retryAfterMs(header: string | null | undefined, nowMs = Date.now()): number | undefined {
  if (header === null || header === undefined || header === '') return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
