import type { z } from 'zod';

/** LoRAX's framework (axum) answers bodies it cannot read in plain text, not in LoRAX's JSON shape. */
export class PlainTextError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** @throws PlainTextError 400 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new PlainTextError(400, `Failed to parse the request body as JSON: ${why}`);
  }
}

/** @throws PlainTextError 422 */
export function parseBody<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.join('.') ?? '';
  const missing = issue?.code === 'invalid_type' && path !== '' && valueAt(body, issue.path) === undefined;
  const why = missing ? `missing field \`${path}\`` : `${path ? `${path}: ` : ''}${issue?.message ?? 'invalid'}`;
  throw new PlainTextError(422, `Failed to deserialize the JSON body into the target type: ${why}`);
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    body,
  );
}
