import { describe, expect, it } from 'vitest';
import { noTracesOf, tracesOf, tracesOfRun } from '../../../../../extension/panels/benchmark/run-traces.ts';
import type { ScenarioId } from '../../../../../runtime/contracts/benchmark.ts';
import type { SpanView, TracesQuery } from '../../../../../runtime/contracts/http.ts';
import { measurementOf, resultOf } from '../../../benchmark/support/results.ts';
import { running } from '../../../webview/benchmark/fixtures.ts';

const resultFor = (scenario: ScenarioId) => resultOf([measurementOf(scenario, [5, 6])]);
const startedAt = '2026-01-01T00:00:02.000Z';
/** The measurement takes ten seconds. */
const endedAt = '2026-01-01T00:00:12.000Z';
const anHourLater = Date.parse(endedAt) + 3_600_000;
const aDayLater = Date.parse(endedAt) + 86_400_001;

const span: SpanView = {
  ...{ trace_id: 't', span_id: 's', parent_span_id: null, name: 'POST /api/agent_infer', start: startedAt },
  ...{ duration_ms: 6, status: 'ok', replica: 'replica-1', attributes: {} },
};

/** Asks why the traces cannot be shown, of a runtime that answers so. */
async function reasonsOf(scenario: ScenarioId, spans: (query: TracesQuery) => SpanView[], now = anHourLater) {
  const pauses: number[] = [];
  const pause = async (ms: number) => void pauses.push(ms);
  const reasons = await noTracesOf(resultFor(scenario), scenario, { spans: async (query) => spans(query), now, pause });
  return { ...reasons, pauses };
}

describe('the traces of a measurement', () => {
  it('are those of its time: the slowest of its requests, or all with an error', () => {
    const result = resultFor('inference-cached');
    const time = { since: startedAt, until: endedAt, limit: 1000 };
    expect(tracesOf(result, 'inference-cached', 'slow')).toEqual({
      ...{ ...time, order: 'slowest', name: 'POST /api/agent_infer' },
    });
    expect(tracesOf(result, 'inference-cached', 'errors')).toEqual({ ...time, status: 'error' });
  });

  it('of a run that goes on are those since it began to measure', () => {
    const now = Date.parse(endedAt);
    const run = running({ scenario: 'inference-uncached', elapsed_s: 10 });
    expect(tracesOfRun(run, 'errors', now)).toMatchObject({ since: startedAt, until: endedAt, status: 'error' });
    expect(() => tracesOfRun(running({ phase: 'warm_up' }), 'errors', now)).toThrow('Nothing is being measured now.');
    expect(() => tracesOfRun({ kind: 'none' }, 'errors', now)).toThrow('Nothing is being measured now.');
  });

  it('can be shown where the runtime has one of them', async () => {
    const found = await reasonsOf('inference-uncached', ({ status }) => (status === 'error' ? [] : [span]));
    expect(found.slow).toBeNull();
    expect(found.errors).toMatch(/^No trace of these was recorded/);
  });

  it('may come a second after the run that made them', async () => {
    let asked = 0;
    const found = await reasonsOf('inference-uncached', () => (++asked % 2 === 0 ? [span] : []));
    expect(found).toEqual({ slow: null, errors: null, pauses: [1000, 1000] });
  });

  it.each([
    ['message-latency', anHourLater, 'The runtime has no traces of what this scenario asks for.'],
    ['inference-cached', aDayLater, 'Traces are kept for a day. Those of this run are gone.'],
  ] as const)('of %s at %i are not even looked for', async (scenario, now, reason) => {
    const { slow, errors } = await reasonsOf(scenario, () => [span], now);
    expect([slow, errors]).toEqual([reason, reason]);
  });

  it('cannot be shown while the runtime does not answer, which it says', async () => {
    const { slow } = await reasonsOf('inference-cached', () => {
      throw new Error('Nothing answers at 127.0.0.1:7071.');
    });
    expect(slow).toBe('Nothing answers at 127.0.0.1:7071.');
  });
});
