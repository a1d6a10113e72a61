import { type Result, resultSchema } from '../contracts/results.ts';
import { AosError } from '../core/errors.ts';

/**
 * A result from its JSON.
 * @throws AosError AOS_BAD_REQUEST
 */
export function parseResult(text: string): Result {
  try {
    return resultSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new AosError(
      'AOS_BAD_REQUEST',
      'This is no result of aos bench or aos load. Write one with: aos bench --json > FILE',
      { cause },
    );
  }
}
