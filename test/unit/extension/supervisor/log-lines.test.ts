import { describe, expect, it } from 'vitest';
import { formatRecord, type LogRecord } from '../../../../extension/supervisor/log-format.ts';
import { LogLines } from '../../../../extension/supervisor/log-lines.ts';

function read(...chunks: string[]): LogRecord[] {
  const records: LogRecord[] = [];
  const lines = new LogLines((record) => records.push(record));
  for (const chunk of chunks) lines.push(chunk);
  lines.end();
  return records;
}

const record: LogRecord = {
  time: '2026-11-24T08:00:00.000Z',
  level: 'info',
  scope: 'runtime.shards',
  message: 'took shard 3',
};

describe('LogLines', () => {
  it('puts records together from chunks', () => {
    const text = `${JSON.stringify(record)}\n${JSON.stringify({ ...record, level: 'error' })}\r\n`;
    expect(read(text.slice(0, 20), text.slice(20, 130), text.slice(130))).toEqual([
      record,
      { ...record, level: 'error' },
    ]);
  });

  it('loses nothing that is no record', () => {
    const records = read('{"time": broken\nSegmentation fault');
    expect(records.map(({ level, scope, message }) => ({ level, scope, message }))).toEqual([
      { level: 'warn', scope: 'stderr', message: '{"time": broken' },
      { level: 'warn', scope: 'stderr', message: 'Segmentation fault' },
    ]);
  });

  it('does not keep an endless line', () => {
    expect(read('x'.repeat(300 * 1024), 'y').map(({ message }) => message.length)).toEqual([300 * 1024, 1]);
  });
});

describe('formatRecord', () => {
  it('names the part, the message and the facts', () => {
    expect(formatRecord({ ...record, fields: { shard: 3 } })).toBe('[runtime.shards] took shard 3 {"shard":3}');
  });

  it('puts the stack of an error on lines of its own', () => {
    expect(formatRecord({ ...record, fields: { error: { stack: 'Error: no\n    at here' } } })).toBe(
      '[runtime.shards] took shard 3\nError: no\n    at here',
    );
  });
});
