import { describe, expect, it } from 'vitest';
import type { SpanView } from '../../../runtime/contracts/http.ts';
import { SpanRing } from '../../../runtime/telemetry/span-ring.ts';

const START = Date.UTC(2026, 0, 1);
const span = (n: number, more: Partial<SpanView> = {}): SpanView => ({
  trace_id: `t${n % 3}`,
  span_id: `s${n}`,
  parent_span_id: null,
  name: 'invoke_agent ceo',
  start: new Date(START + n * 1000).toISOString(),
  duration_ms: n,
  status: 'ok',
  replica: 'replica-1',
  attributes: { 'gen_ai.agent.id': 'ceo' },
  ...more,
});
const ringOf = (count: number, capacity = 100) => {
  const ring = new SpanRing({ capacity });
  for (let n = 0; n < count; n++) ring.add(span(n));
  return ring;
};
const ids = (spans: readonly SpanView[]) => spans.map(({ span_id }) => span_id);

describe('SpanRing', () => {
  it('keeps the newest spans, newest first, and never more than its capacity', () => {
    const ring = ringOf(3, 5);
    expect([ring.size, ids(ring.query().spans)]).toEqual([3, ['s2', 's1', 's0']]);
    for (let n = 3; n < 12; n++) ring.add(span(n));
    expect([ring.size, ids(ring.query().spans)]).toEqual([5, ['s11', 's10', 's9', 's8', 's7']]);
  });

  it('finds by trace, agent, name, status, duration and time, all together', () => {
    const ring = ringOf(9);
    ring.add(span(9, { attributes: { 'gen_ai.agent.id': 'cfo' }, name: 'invoke_agent cfo', status: 'error' }));
    ring.add(span(10, { attributes: {}, name: 'invoke' }));
    const find = (query: Parameters<SpanRing['query']>[0]) => ids(ring.query(query).spans);
    expect(find({ traceId: 't1' })).toEqual(['s10', 's7', 's4', 's1']);
    expect(find({ agentId: 'cfo' })).toEqual(['s9']);
    expect(find({ name: 'invoke_agent cfo' })).toEqual(['s9']);
    expect(find({ name: 'invoke_agent', minDurationMs: 8 })).toEqual(['s9', 's8']);
    expect(find({ name: 'invoke' })).toEqual(['s10']);
    expect(find({ status: 'error' })).toEqual(['s9']);
    expect(find({ sinceMs: START + 8000, status: 'ok' })).toEqual(['s10', 's8']);
    expect(find({ traceId: 't0', agentId: 'cfo', status: 'ok' })).toEqual([]);
  });

  it('pages on where it was, although spans come meanwhile and old ones go', () => {
    const ring = ringOf(10, 10);
    const first = ring.query({ limit: 3 });
    expect(ids(first.spans)).toEqual(['s9', 's8', 's7']);
    for (let n = 10; n < 15; n++) ring.add(span(n));
    const second = ring.query({ limit: 3, cursor: first.cursor });
    expect([ids(second.spans), second.cursor]).toEqual([['s6', 's5'], undefined]);
  });

  it('ends without an empty page, also of a filtered query', () => {
    const page = ringOf(4).query({ limit: 2, traceId: 't0' });
    expect([ids(page.spans), page.cursor]).toEqual([['s3', 's0'], undefined]);
  });

  it('refuses a cursor that is none', () => {
    expect(() => ringOf(1).query({ cursor: 'x' })).toThrow(expect.objectContaining({ code: 'AOS_BAD_REQUEST' }));
  });
});
