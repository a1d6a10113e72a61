import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AnswerStore } from '../../../runtime/agents/answer-store.ts';
import type { LocalStorage } from '../../../runtime/cloud/storage/index.ts';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { createLogger, type LogRecord } from '../../../runtime/core/logger.ts';
import type { Answer } from '../../../runtime/inference/cached-inference-engine.ts';
import { TableManager } from '../../../runtime/storage/table-manager.ts';
import { startTestStorage } from './clients.ts';

let storage: LocalStorage;
beforeAll(async () => {
  storage = await startTestStorage();
});
afterAll(() => storage.dispose());

const key = (digit: string) => digit.repeat(64);

async function setUp(name: string) {
  const clock = new ManualClock();
  const records: LogRecord[] = [];
  const logger = createLogger({ scope: 'cache', write: (record) => records.push(record) });
  const table = new TableManager({ connection: storage.connectionString, table: name, logger });
  await table.ensure();
  const answer = (text: string, ttlMs = 1000): Answer => ({
    prompt: 'What are our "Q2" goals?',
    generation: {
      text,
      finishReason: 'stop',
      promptTokens: 3,
      completionTokens: 5,
      engine: 'simulated',
      model: 'aos/simulated',
      firstTokenMs: null,
    },
    storedAt: clock.now(),
    expiresAt: clock.now() + ttlMs,
  });
  return { clock, records, table, answer, store: () => new AnswerStore({ table, clock, logger }) };
}

describe('AnswerStore', () => {
  it('gives another replica exactly what was put, once it is written', async () => {
    const { store, answer } = await setUp('answers1');
    const first = store();
    first.put(key('a'), answer('Grow, "carefully".'));
    await first.dispose();
    expect(await store().get(key('a'))).toEqual(answer('Grow, "carefully".'));
    expect(await store().get(key('b'))).toBeUndefined();
  });

  it('does not share an answer that is too long for a property', async () => {
    const { store, answer, records } = await setUp('answers2');
    const first = store();
    first.put(key('a'), answer('x'.repeat(40_000)));
    await first.dispose();
    expect(await store().get(key('a'))).toBeUndefined();
    expect(records).toEqual([]);
  });

  it('removes expired answers once an hour, and keeps the fresh ones', async () => {
    const { clock, store, answer, table } = await setUp('answers3');
    const first = store();
    first.put(key('0'), answer('old'));
    first.put(key('f'), answer('fresh', 4_000_000));
    await first.dispose();
    await clock.advance(3_600_000);
    await first.sweep();
    expect(await table.get('0', key('0'))).toBeUndefined();
    expect(await table.get('f', key('f'))).toBeDefined();
  });

  it('lets the model be asked when storage cannot be read, and says so in the log', async () => {
    const { clock, records } = await setUp('answers4');
    const logger = createLogger({ scope: 'cache', write: (record) => records.push(record) });
    const table = new TableManager({ connection: storage.connectionString, table: 'nowhere', logger });
    const store = new AnswerStore({ table, clock, logger });
    expect(await store.get(key('a'))).toBeUndefined();
    expect(records).toMatchObject([{ level: 'warn', message: expect.stringContaining('the model is asked') }]);
  });
});
