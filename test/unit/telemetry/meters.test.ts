import { describe, expect, it } from 'vitest';
import { recordModelCall } from '../../../runtime/telemetry/meters.ts';
import { createTelemetry } from '../../../runtime/telemetry/telemetry.ts';

describe('the meters', () => {
  it("have OpenTelemetry's and the AOS kernel's names and units", async () => {
    const { meters, collect, dispose } = createTelemetry({
      replica: 'r',
      serviceVersion: '0',
      onSpan: () => undefined,
    });
    const { agentRegistrations, orchestrationsCreated, messagesBridged, messagesSent, messagesConsumed } = meters;
    for (const meter of [agentRegistrations, orchestrationsCreated, messagesBridged, messagesSent, messagesConsumed]) {
      meter.add(1);
    }
    meters.orchestrationDuration.record(1);
    const { counters, histograms } = await collect();
    expect([...counters, ...histograms].map(({ name, unit }) => [name, unit])).toEqual([
      ['messaging.client.sent.messages', '{message}'],
      ['messaging.client.consumed.messages', '{message}'],
      ['aos.agent.registrations', '{agent}'],
      ['aos.orchestration.created', '{orchestration}'],
      ['aos.messages.bridged', '{message}'],
      ['aos.orchestration.duration', 's'],
    ]);
    await dispose();
  });

  it('record a call of the model by the conventions: seconds, and tokens of both kinds', async () => {
    const { meters, collect, dispose } = createTelemetry({
      replica: 'r',
      serviceVersion: '0',
      onSpan: () => undefined,
    });
    const call = { operation: 'chat', provider: 'lorax', requestModel: 'llama' } as const;
    recordModelCall(meters, {
      ...call,
      responseModel: 'llama/ceo',
      durationMs: 1500,
      firstTokenMs: 200,
      inputTokens: 10,
      outputTokens: 0,
    });
    recordModelCall(meters, { ...call, durationMs: 100, firstTokenMs: null, errorType: 'AOS_DEADLINE' });
    const { histograms } = await collect();
    const of = (name: string) =>
      histograms
        .filter((histogram) => histogram.name === name)
        .map(({ attributes, count, sum }) => [attributes, count, sum]);
    const request = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'lorax',
      'gen_ai.request.model': 'llama',
    };
    const answered = { ...request, 'gen_ai.response.model': 'llama/ceo' };
    expect(of('gen_ai.client.operation.duration')).toEqual([
      [answered, 1, 1.5],
      [{ ...request, 'error.type': 'AOS_DEADLINE' }, 1, 0.1],
    ]);
    expect(of('gen_ai.client.operation.time_to_first_chunk')).toEqual([[answered, 1, 0.2]]);
    expect(of('gen_ai.client.token.usage')).toEqual([
      [{ ...answered, 'gen_ai.token.type': 'input' }, 1, 10],
      [{ ...answered, 'gen_ai.token.type': 'output' }, 1, 0],
    ]);
    await dispose();
  });
});
