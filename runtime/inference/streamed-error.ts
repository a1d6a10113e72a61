import { AosError, isAosError } from '../core/errors.ts';
import type { OnToken } from './generation.ts';

/**
 * Runs a call that may stream. An error after the first token says so (`details.streamed`): whoever listened has a part of
 * the answer already, and asking again would give him another one.
 */
export async function markStreamed<T>(
  onToken: OnToken | undefined,
  call: (onToken: OnToken | undefined) => Promise<T>,
): Promise<T> {
  let streamed = false;
  const listen: OnToken | undefined =
    onToken &&
    ((text) => {
      streamed = true;
      onToken(text);
    });
  try {
    return await call(listen);
  } catch (error) {
    if (!streamed || !isAosError(error)) throw error;
    throw new AosError(error.code, error.message, { cause: error, details: { ...error.details, streamed: true } });
  }
}
