import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { LocalStorage } from '../../../runtime/cloud/storage/index.ts';
import type { BenchmarkResult } from '../../../runtime/contracts/benchmark.ts';
import type { ResultSummary } from '../../../runtime/contracts/results.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { createHttpServer } from '../../../runtime/server/http-server.ts';
import { addResultRoutes } from '../../../runtime/server/result-routes.ts';
import { ResultStore } from '../../../runtime/server/results.ts';
import { TableManager } from '../../../runtime/storage/table-manager.ts';
import { loadResult, measurementOf, resultOf } from '../../unit/benchmark/support/results.ts';
import { startTestStorage } from './clients.ts';

let storage: LocalStorage;
beforeAll(async () => {
  storage = await startTestStorage();
});
afterAll(() => storage.dispose());

/** A replica's store. All of them share one storage, as the tests do. */
const store = () => new ResultStore({ connection: storage.connectionString, logger: silentLogger });

const benchmark = (id: string, latenciesMs = [1, 2, 3]): BenchmarkResult => ({
  ...resultOf([measurementOf('storage', latenciesMs)]),
  id,
});

/** Starts from an empty history, whose numbers go on. */
async function emptied(): Promise<ResultStore> {
  const results = store();
  for (const { id } of await results.list({ limit: 1000 })) await results.delete(id);
  return results;
}

const idsOf = (summaries: readonly ResultSummary[]) => summaries.map(({ id }) => id);

describe('ResultStore', () => {
  it('counts from 1 without gap or double, however many replicas keep results at the same time', async () => {
    const ids = Array.from({ length: 12 }, (_, i) => `bench_many_${i}`);
    const kept = await Promise.all(ids.map((id) => store().put(benchmark(id))));
    const numbers = kept.map(({ summary }) => summary.number).sort((a, b) => a - b);
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect((await store().list({ limit: 1000 })).map(({ number }) => number)).toEqual(numbers.toReversed());
  });

  it('gives a result back as it was, from any replica, and lists the newest first', async () => {
    const results = await emptied();
    await results.put(benchmark('bench_a'));
    await results.put(loadResult);
    await results.put(benchmark('bench_b'));
    expect(idsOf(await store().list({ limit: 1000 }))).toEqual(['bench_b', loadResult.id, 'bench_a']);
    expect(idsOf(await store().list({ kind: 'benchmark', limit: 1 }))).toEqual(['bench_b']);
    expect(idsOf(await store().list({ kind: 'load', limit: 1 }))).toEqual([loadResult.id]);
    expect(await store().get('bench_a')).toEqual(benchmark('bench_a'));
    expect(await store().get(loadResult.id)).toEqual(loadResult);
  });

  it('keeps the same again once, and no other result under its id', async () => {
    const results = await emptied();
    const { created, summary } = await results.put(benchmark('bench_a'));
    expect(created).toBe(true);
    expect(await results.put(benchmark('bench_a'))).toEqual({ created: false, summary });
    await expect(results.put(benchmark('bench_a', [7]))).rejects.toMatchObject({ code: 'AOS_STATE_CONFLICT' });
    expect(await results.list({ limit: 1000 })).toEqual([summary]);
  });

  it('drops the oldest beyond the limit, with their blobs', async () => {
    const results = await emptied();
    for (const id of ['bench_a', 'bench_b', 'bench_c']) await results.put(benchmark(id), { keep: 2 });
    expect(idsOf(await results.list({ limit: 1000 }))).toEqual(['bench_c', 'bench_b']);
    await expect(results.get('bench_a')).rejects.toMatchObject({ code: 'AOS_NOT_FOUND' });
    const container = BlobServiceClient.fromConnectionString(storage.connectionString).getContainerClient('benchmarks');
    const blobs: string[] = [];
    for await (const { name } of container.listBlobsFlat()) blobs.push(name);
    expect(blobs).toEqual(['bench_b.json', 'bench_c.json']);
  });

  it('does not list what was cut off between the blob and the row, and keeps it when it comes again', async () => {
    const results = await emptied();
    await results.put(benchmark('bench_a'));
    const table = new TableManager({ connection: storage.connectionString, table: 'benchmarks', logger: silentLogger });
    for (let i = 0; i < 8; i++) await table.delete(`results_${i}`, 'bench_a');
    expect(await results.list({ limit: 1000 })).toEqual([]);
    await expect(results.get('bench_a')).rejects.toMatchObject({ code: 'AOS_NOT_FOUND' });
    expect((await results.put(benchmark('bench_a'))).created).toBe(true);
    expect(await results.get('bench_a')).toEqual(benchmark('bench_a'));
  });

  it('takes every note that is written at the same time; one of them stays', async () => {
    const results = await emptied();
    await results.put(benchmark('bench_a'));
    const written = await Promise.all(['one', 'two', 'three'].map((note) => store().annotate('bench_a', note)));
    expect(written.map(({ note }) => note)).toEqual(['one', 'two', 'three']);
    const [kept] = await results.list({ limit: 1 });
    expect(['one', 'two', 'three']).toContain(kept?.note);
  });
});

describe('/api/results', () => {
  async function setUp() {
    const server = createHttpServer({ token: 'token', logger: silentLogger });
    addResultRoutes(server, await emptied());
    onTestFinished(() => server.close());
    const headers = { authorization: 'Bearer token', host: '127.0.0.1' };
    return async (method: 'GET' | 'PUT' | 'PATCH' | 'DELETE', url: string, payload?: object) => {
      const answer = await server.inject({ method, url, headers, ...(payload ? { payload } : {}) });
      return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() };
    };
  }

  it('keeps, lists, annotates and deletes', async () => {
    const api = await setUp();
    const summary = { id: 'bench_a', kind: 'benchmark', scenario: 'storage', note: '' };
    expect(await api('PUT', '/api/results/bench_a', benchmark('bench_a'))).toMatchObject({
      status: 201,
      body: summary,
    });
    expect(await api('PUT', '/api/results/bench_a', benchmark('bench_a'))).toMatchObject({
      status: 200,
      body: summary,
    });
    expect((await api('PATCH', '/api/results/bench_a', { note: 'after the fix' })).body.note).toBe('after the fix');
    expect((await api('GET', '/api/results')).body).toMatchObject([{ ...summary, note: 'after the fix' }]);
    expect((await api('GET', '/api/results?kind=load')).body).toEqual([]);
    expect((await api('GET', '/api/results/bench_a')).body).toEqual(benchmark('bench_a'));
    expect((await api('DELETE', '/api/results/bench_a')).status).toBe(204);
    expect((await api('GET', '/api/results')).body).toEqual([]);
  });

  it('says in one form what is not there, and what is wrong', async () => {
    const api = await setUp();
    for (const [method, body] of [['GET'], ['PATCH', { note: 'x' }], ['DELETE']] as const) {
      for (const id of ['bench_none', '%2e%2e%2fx']) {
        expect(await api(method, `/api/results/${id}`, body)).toMatchObject({
          status: 404,
          body: { code: 'AOS_NOT_FOUND' },
        });
      }
    }
    const wrong = [
      await api('PUT', '/api/results/bench_b', benchmark('bench_a')),
      await api('PUT', '/api/results/bench_a', { ...benchmark('bench_a'), measurements: [{}] }),
      await api('PUT', '/api/results/bench_a', { ...benchmark('bench_a'), measurements: [] }),
      await api('PUT', '/api/results/bench_a?keep=0', benchmark('bench_a')),
      await api('GET', '/api/results?limit=many'),
      await api('PATCH', '/api/results/bench_a', { note: 'x'.repeat(501) }),
    ];
    expect(wrong.map(({ status, body }) => [status, body.code])).toEqual(wrong.map(() => [422, 'AOS_BAD_REQUEST']));
    expect((await api('GET', '/api/results')).body).toEqual([]);
  });

  it('takes the result of a day, which is larger than other bodies may be, and says where that ends', async () => {
    const api = await setUp();
    const window = { done: 100, errors: 0, p50_ms: 5.0075, p95_ms: 11.5115, p99_ms: 16.2555 };
    const ofSeconds = (seconds: number) => {
      const windows = Array.from({ length: seconds }, (_, start_s) => ({ start_s, ...window }));
      return { ...resultOf([{ ...measurementOf('storage', [1]), windows }]), id: 'bench_long' };
    };
    expect((await api('PUT', '/api/results/bench_long', ofSeconds(86_400))).status).toBe(201);
    expect((await api('GET', '/api/results/bench_long')).body.measurements[0].windows).toHaveLength(86_400);
    expect(await api('PUT', '/api/results/bench_long', ofSeconds(300_000))).toMatchObject({
      status: 413,
      body: { code: 'AOS_BODY_TOO_LARGE', error: 'The body is larger than 16 MiB.' },
    });
  });
});
