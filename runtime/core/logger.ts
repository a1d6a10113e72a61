export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';
const ORDER: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error'];

export type LogFields = Record<string, unknown>;

/** One record: what the processes write to stderr as one JSON line, and what the extension's log channel shows. */
export interface LogRecord {
  time: string;
  level: LogLevel;
  /** Which part speaks: `cloud.servicebus`, `runtime.shards`, … */
  scope: string;
  message: string;
  fields?: LogFields;
}

export interface Logger {
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger whose scope is `<this>.<name>`. */
  child(name: string): Logger;
}

export interface LoggerOptions {
  scope: string;
  level?: LogLevel;
  now?: () => number;
  write: (record: LogRecord) => void;
}

/** A logger that hands redacted records to `write`. */
export function createLogger(options: LoggerOptions): Logger {
  const { scope, level = 'info', now = Date.now, write } = options;
  const threshold = ORDER.indexOf(level);
  const log = (at: LogLevel) => (message: string, fields?: LogFields) => {
    if (ORDER.indexOf(at) < threshold) return;
    const record: LogRecord = { time: new Date(now()).toISOString(), level: at, scope, message: redact(message) };
    if (fields) record.fields = redactFields(fields);
    write(record);
  };
  return {
    trace: log('trace'),
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    child: (name) => createLogger({ ...options, scope: `${scope}.${name}` }),
  };
}

/** Writes records as JSON lines to stderr: stdout stays free for a command's answer. */
export function stderrWriter(record: LogRecord): void {
  process.stderr.write(`${JSON.stringify(record)}\n`);
}

/** Writes records to stderr for people: `12:30:05 warn  runtime.shards: lost a shard (shard=3)`. */
export function terminalWriter({ time, level, scope, message, fields = {} }: LogRecord): void {
  const { error, ...rest } = fields;
  const facts = Object.entries(rest).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const why = error && typeof error === 'object' && 'message' in error ? [String(error.message)] : [];
  const more = [...facts, ...why].join(', ');
  process.stderr.write(`${time.slice(11, 19)} ${level.padEnd(5)} ${scope}: ${message}${more ? ` (${more})` : ''}\n`);
}

export const silentLogger: Logger = createLogger({ scope: '', write: () => undefined, level: 'error' });

// A key in a connection string, a SAS signature in a URL, a bearer token in a header or a message.
const SECRETS: readonly [RegExp, string][] = [
  [/((?:SharedAccessKey|AccountKey|SharedAccessSignature)=)[^;"\s]+/gi, '$1***'],
  [/([?&]sig=)[^&"\s]+/gi, '$1***'],
  [/(Bearer\s+)[\w.~+/=-]+/gi, '$1***'],
];
const SECRET_NAME = /(token|secret|password|authorization|api_?key|accountkey|connection_?string)$/i;

/** Replaces secrets in free text. */
export function redact(text: string): string {
  return SECRETS.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}

function redactFields(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, redactValue(name, value)]));
}

function redactValue(name: string, value: unknown): unknown {
  if (SECRET_NAME.test(name) && value !== undefined) return '***';
  if (typeof value === 'string') return redact(value);
  if (value instanceof Error) {
    const cause = value.cause === undefined ? {} : { cause: redactValue('cause', value.cause) };
    return { name: value.name, message: redact(value.message), stack: redact(value.stack ?? ''), ...cause };
  }
  if (Array.isArray(value)) return value.map((item) => redactValue('', item));
  if (value && typeof value === 'object') return redactFields(value as LogFields);
  return value;
}
