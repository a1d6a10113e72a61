import * as vscode from 'vscode';
import { settings } from './manifest.ts';
import { setting } from './settings.ts';
import { formatRecord, type LogRecord } from './supervisor/log-format.ts';

/** The output channel "AOS": what the extension and all processes of the runtime log. */
export interface LogChannel {
  readonly channel: vscode.LogOutputChannel;
  write(record: LogRecord): void;
  info(scope: string, message: string): void;
  error(scope: string, message: string, error?: unknown): void;
  show(): void;
}

export function createLogChannel(): LogChannel {
  const channel = vscode.window.createOutputChannel('AOS', { log: true });
  const write = (record: LogRecord) => writeRecord(channel, record);
  const at = (level: LogRecord['level'], scope: string, message: string, error?: unknown): LogRecord => ({
    time: new Date().toISOString(),
    level,
    scope: `extension.${scope}`,
    message,
    ...(error === undefined ? {} : { fields: { error: plain(error) } }),
  });
  return {
    channel,
    write,
    info: (scope, message) => write(at('info', scope, message)),
    error: (scope, message, error) => write(at('error', scope, message, error)),
    show: () => channel.show(true),
  };
}

function writeRecord(channel: vscode.LogOutputChannel, record: LogRecord): void {
  const text = formatRecord(record);
  // The setting aos.log.level decides what is logged; the channel's own level must not hide it again.
  const hidden = record.level === 'debug' || record.level === 'trace';
  if (hidden && setting(settings.logLevel) !== 'info') channel.info(`(${record.level}) ${text}`);
  else channel[record.level](text);
}

/** An error with its causes as plain text: the channel would print only the message. */
function plain(error: unknown): { stack: string } {
  if (!(error instanceof Error)) return { stack: String(error) };
  const cause = error.cause === undefined ? '' : `\ncaused by: ${plain(error.cause).stack}`;
  return { stack: (error.stack ?? error.message) + cause };
}
