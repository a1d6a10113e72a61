/** A log record, as the runtime's processes write it and the extension itself. */
export interface LogRecord {
  time: string;
  level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  /** Which part speaks: `cloud.servicebus`, `extension.commands`, … */
  scope: string;
  message: string;
  fields?: Record<string, unknown> | undefined;
}

/** `[runtime.shards] took shard 3 {"session":"shard-3"}`; the fields' stacks on lines of their own. */
export function formatRecord(record: LogRecord): string {
  const { error, ...fields } = record.fields ?? {};
  const facts = Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : '';
  return `[${record.scope}] ${record.message}${facts}${error === undefined ? '' : `\n${describeError(error)}`}`;
}

function describeError(error: unknown): string {
  if (error && typeof error === 'object' && 'stack' in error && typeof error.stack === 'string' && error.stack)
    return error.stack;
  return typeof error === 'string' ? error : JSON.stringify(error);
}
