import { type LoraxErrorBody, type LoraxErrorType, loraxErrorTypes } from '../../contracts/lorax.ts';

/**
 * An error of LoRAX's wire: it becomes the answer's status and body, or the error event of a stream.
 * Not an AosError because its vocabulary is LoRAX's; it never leaves the endpoint as an exception.
 */
export class LoraxError extends Error {
  override readonly name = 'LoraxError';
  readonly type: LoraxErrorType;

  constructor(type: LoraxErrorType, message: string, options?: ErrorOptions) {
    super(message, options);
    this.type = type;
  }

  get status(): number {
    return loraxErrorTypes[this.type];
  }

  toBody(): LoraxErrorBody {
    return { error: this.message, error_type: this.type };
  }
}

/** A request that breaks a rule; `message` is LoRAX's own, word for word. */
export function validationError(message: string): LoraxError {
  return new LoraxError('validation', `Input validation error: ${message}`);
}

/** The model or an adapter failed; also an adapter that does not exist. */
export function generationError(message: string, cause?: unknown): LoraxError {
  return new LoraxError('generation', `Request failed during generation: ${message}`, { cause });
}

export function overloadedError(): LoraxError {
  return new LoraxError('overloaded', 'Model is overloaded');
}

export function incompleteGenerationError(): LoraxError {
  return new LoraxError('incomplete_generation', 'Incomplete generation');
}

/** `error` as it goes over the wire: what is not LoRAX's own is a failure of the generation. */
export function toLoraxError(error: unknown): LoraxError {
  if (error instanceof LoraxError) return error;
  return generationError(error instanceof Error ? error.message : String(error), error);
}
