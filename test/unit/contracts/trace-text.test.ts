import { describe, expect, it } from 'vitest';
import type { SpanView } from '../../../runtime/contracts/http.ts';
import { traceText } from '../../../runtime/contracts/trace-text.ts';

const span = (id: string, parent: string | null, atMs: number, durationMs: number, part: Partial<SpanView> = {}) => ({
  trace_id: 'f8a5',
  span_id: id,
  parent_span_id: parent,
  name: id,
  start: new Date(Date.UTC(2026, 10, 24, 12) + atMs).toISOString(),
  duration_ms: durationMs,
  status: 'ok' as const,
  replica: 'replica-1',
  attributes: {},
  ...part,
});

describe('a trace as text', () => {
  it('shows each hop below its cause, with start, duration and bar', () => {
    const lines = traceText([
      span('chat', 'invoke', 50, 50, { replica: 'replica-2', status: 'error' }),
      span('POST', null, 0, 100),
      span('publish', 'POST', 75, 10),
      span('invoke', 'POST', 25, 75, { attributes: { 'aos.cached': 'exact' } }),
    ]);
    expect(lines[0]).toBe('trace f8a5 · 2026-11-24T12:00:00.000Z · 100.0 ms · 4 spans');
    expect(lines.slice(2)).toEqual([
      'POST            +0.0      100.0  ━━━━━━━━━━━━━━━━━━━━━━━━  replica-1',
      '  invoke       +25.0       75.0        ━━━━━━━━━━━━━━━━━━  replica-1  cache: exact',
      '    chat       +50.0       50.0              ━━━━━━━━━━━━  replica-2  ERROR',
      '  publish      +75.0       10.0                    ━━      replica-1',
    ]);
  });

  it('loses no hop whose cause was not recorded', () => {
    const lines = traceText([span('late', 'gone', 5, 0), span('early', null, 0, 0)]);
    expect(lines.slice(2).map((line) => line.split(' ')[0])).toEqual(['early', 'late']);
    expect(traceText([])).toEqual([]);
  });
});
