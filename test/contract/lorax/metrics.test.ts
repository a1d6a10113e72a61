import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestLorax, type TestLorax } from './client.ts';

let lorax: TestLorax;
beforeEach(async () => {
  lorax = await startTestLorax({ profile: { maxInputTokens: 100, maxTotalTokens: 200 } });
});
afterEach(() => lorax.dispose());

/** The lines `name value` of the text. */
async function samples(): Promise<Map<string, number>> {
  const text = await (await lorax.get('/metrics')).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

describe('GET /metrics', () => {
  it("is Prometheus text with LoRAX's names and buckets", async () => {
    await lorax.post('/generate', { inputs: 'One two three', parameters: { max_new_tokens: 10 } });
    await lorax.post('/generate_stream', { inputs: 'One', parameters: { max_new_tokens: 5 } }).then((r) => r.text());
    const response = await lorax.get('/metrics');
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await response.text();
    expect(text).toContain('# TYPE lorax_request_count counter\nlorax_request_count 2\n');
    expect(text).toContain('# TYPE lorax_request_duration histogram\n');
    expect(text).toMatch(/^lorax_request_duration_bucket\{le="0\.00015"\} \d$/m);
    expect(text).toContain('# TYPE lorax_request_skipped_tokens summary\n');

    const found = await samples();
    const names = ['request_duration', 'request_validation_duration', 'request_queue_duration'];
    names.push('request_inference_duration', 'request_mean_time_per_token_duration', 'request_generated_tokens');
    names.push('request_input_length', 'request_max_new_tokens', 'request_skipped_tokens', 'request_input_count');
    for (const name of names) expect(found.get(`lorax_${name}_count`), name).toBe(2);
    expect([...found.keys()].filter((key) => key.startsWith('lorax_request_duration_bucket'))).toHaveLength(36);
    expect(found.get('lorax_request_generated_tokens_sum')).toBe(15);
    expect(found.get('lorax_request_generated_tokens_bucket{le="6"}')).toBe(1);
    expect(found.get('lorax_request_input_length_sum')).toBe(4);
    expect(found.get('lorax_queue_length')).toBe(0);
    expect(found.get('lorax_batch_current_size')).toBe(0);
    expect(found.get('lorax_batch_inference_count{method="decode"}')).toBe(15);
    expect(found.get('lorax_batch_inference_success{method="prefill"}')).toBe(2);
    expect(found.get('lorax_batch_next_size_count')).toBe(2);
  });

  it('counts failures by their kind', async () => {
    await lorax.post('/generate', { inputs: '' });
    await lorax.post('/generate', { inputs: 'x', parameters: { adapter_id: '/none', adapter_source: 'local' } });
    await lorax.post('/v1/embeddings', { input: '' });
    await lorax.post('/aos/failures', { rate: 1, type: 429 });
    await lorax.post('/generate', { inputs: 'x' });
    await lorax.post('/aos/failures', { rate: 1, type: 500 });
    await lorax.post('/v1/completions', { prompt: 'x', stream: true }).then((response) => response.text());
    const found = await samples();
    const failures = [...found].filter(([key]) => key.startsWith('lorax_request_failure'));
    expect(Object.fromEntries(failures)).toEqual({
      'lorax_request_failure{err="validation"}': 2,
      'lorax_request_failure{err="generation"}': 1,
      'lorax_request_failure{err="overloaded"}': 1,
      'lorax_request_failure{err="incomplete"}': 1,
    });
    expect(found.has('lorax_request_success')).toBe(false);
    expect([...found.keys()].some((key) => key.includes('/none'))).toBe(false);
  });

  it('tells of each adapter, and that it is all simulated', async () => {
    await lorax.post('/generate', { inputs: 'x', parameters: { adapter_id: 'ceo', max_new_tokens: 7 } });
    await lorax.post('/generate', { inputs: 'x', parameters: { max_new_tokens: 2 } });
    await lorax.post('/aos/adapters/pin', { adapter_id: 'cfo' });
    const found = await samples();
    const ceo = '{adapter="ceo",engine="simulated"}';
    const cfo = '{adapter="cfo",engine="simulated"}';
    expect(Object.fromEntries(found)).toMatchObject({
      'aos_endpoint_info{engine="simulated",model_id="aos/simulated",compute_type="simulated"}': 1,
      [`aos_adapter_requests_total${ceo}`]: 1,
      'aos_adapter_requests_total{adapter="__base_model__",engine="simulated"}': 1,
      [`aos_adapter_generated_tokens_total${ceo}`]: 7,
      [`aos_adapter_request_duration_seconds_count${ceo}`]: 1,
      [`aos_adapter_loaded${ceo}`]: 1,
      [`aos_adapter_loads_total${cfo}`]: 1,
      [`aos_adapter_pinned${ceo}`]: 0,
      [`aos_adapter_pinned${cfo}`]: 1,
      [`aos_adapter_memory_bytes${cfo}`]: 40e6,
      [`aos_adapter_size_bytes${cfo}`]: 40e6,
    });
  });

  it("is JSON in LoRAX's shape when asked for", async () => {
    await lorax.post('/generate', { inputs: 'x', parameters: { max_new_tokens: 4 } });
    await lorax.post('/generate', { inputs: '' });
    const byFormat = (await (await lorax.get('/metrics?format=json')).json()) as Record<string, unknown>;
    expect(byFormat).toMatchObject({
      lorax_request_count: { type: 'counter', data: [{ key: '', value: 2 }] },
      lorax_request_failure: {
        type: 'counter',
        data: [{ key: 'lorax_request_failure{err="validation"}', value: 1 }],
      },
      lorax_request_skipped_tokens: {
        type: 'summary',
        data: [
          { key: 'sum', value: 0 },
          { key: 'count', value: 1 },
        ],
      },
    });
    const authorization = 'Bearer per-run-key';
    const byHeader = await lorax.get('/metrics', { authorization, accept: 'application/json' });
    expect(Object.keys((await byHeader.json()) as object)).toEqual(Object.keys(byFormat));
  });
});
