import { z } from 'zod';
import type { LogRecord } from './log-format.ts';

/** A log record of one of the runtime's processes; written by `runtime/core/logger.ts` as one JSON line on stderr. */
const logRecordSchema: z.ZodType<LogRecord> = z.object({
  time: z.string(),
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error']),
  scope: z.string(),
  message: z.string(),
  fields: z.record(z.string(), z.unknown()).optional(),
});

/** Longest line that is kept together: a process gone wild must not fill the memory of the extension host. */
const MAX_LINE_CHARS = 256 * 1024;

/**
 * Turns chunks of stderr into records. A line that is no record (a crash of Node, a warning of a library) becomes one of
 * level `warn` with the scope `stderr`, so that nothing a process says is lost.
 */
export class LogLines {
  readonly #onRecord: (record: LogRecord) => void;
  #rest = '';

  constructor(onRecord: (record: LogRecord) => void) {
    this.#onRecord = onRecord;
  }

  push(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#emit(line);
    if (this.#rest.length > MAX_LINE_CHARS) this.end();
  }

  /** The stream ended: what has no line end yet is a line too. */
  end(): void {
    const last = this.#rest;
    this.#rest = '';
    this.#emit(last);
  }

  #emit(line: string): void {
    const text = line.trimEnd();
    if (text === '') return;
    this.#onRecord(
      parseRecord(text) ?? { time: new Date().toISOString(), level: 'warn', scope: 'stderr', message: text },
    );
  }
}

function parseRecord(line: string): LogRecord | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return logRecordSchema.safeParse(JSON.parse(line)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
