import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RuntimeClient } from '../../../../extension/client/runtime-client.ts';
import { AskHistory } from '../../../../extension/panels/ask/ask-history.ts';
import { CompareSession } from '../../../../extension/panels/ask/compare-session.ts';
import { type Comparison, comparisonSchema } from '../../../../runtime/contracts/ask-panel.ts';
import type { CompareRequest } from '../../../../runtime/contracts/http.ts';
import { answer, options } from '../../webview/fixtures.ts';
import { adapter } from '../support/fixtures.ts';
import { type Answer, json, serve } from '../support/runtime-stub.ts';

const adapters = [adapter({ name: 'ceo', loaded: true }), adapter({ name: 'ceo-q3', revision: 'c07b55' })];

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'aos-compare-'));
  file = path.join(folder, 'compare-history.json');
});
afterEach(() => rm(folder, { recursive: true }));

/** A session against a runtime that answers as `runtime` says. */
async function compare(runtime: Answer) {
  const server = await serve(runtime);
  const seen: Comparison[] = [];
  const watchers = new Set<() => void>();
  const session = new CompareSession({
    history: new AskHistory({
      file,
      entry: comparisonSchema,
      onError: (message, error) => expect.fail(`${message} ${error}`),
    }),
    client: async () => new RuntimeClient(server),
    adapter: (name) => adapters.find((one) => one.name === name),
    engine: () => 'simulated',
    historyLimit: () => 200,
    onComparison(comparison) {
      seen.push(comparison);
      for (const look of watchers) look();
    },
    onRemoved: () => undefined,
    seed: () => 7,
  });
  const kinds = () => seen.at(-1)?.columns.map(({ progress }) => progress.kind) ?? [];
  return {
    session,
    /** Resolves with the comparison when its columns have come to this. */
    reached: (...wanted: string[]) =>
      new Promise<Comparison>((resolve) => {
        const look = () => kinds().join() === wanted.join() && resolve(seen.at(-1)!);
        watchers.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      await session.dispose();
      await server[Symbol.asyncDispose]();
    },
  };
}

const answered = (name: string | null) => ({
  engine: 'simulated',
  model: 'm',
  answers: [answer({ adapter: name, revision: name === null ? null : '3f9a1c', response: `I am ${name}.` })],
});

const three = {
  prompt: 'What should we stop?',
  adapters: ['ceo', 'ceo-q3', null],
  agentId: 'ceo',
  current: 'ceo',
  options,
};

describe('comparing', () => {
  it('asks every adapter with the same prompt, parameters and seed', async () => {
    const bodies: CompareRequest[] = [];
    await using compared = await compare((_request, body, response) => {
      bodies.push(body as CompareRequest);
      json(response, 200, answered((body as CompareRequest).adapters[0]!));
    });
    compared.session.compare(three);
    const { columns } = await compared.reached('done', 'done', 'done');
    expect(bodies.map(({ adapters: [name] }) => name)).toEqual(['ceo', 'ceo-q3', null]);
    expect(new Set(bodies.map(({ prompt, parameters }) => JSON.stringify([prompt, parameters])))).toEqual(
      new Set([JSON.stringify(['What should we stop?', { max_new_tokens: 256, temperature: 0.7, seed: 7 }])]),
    );
    expect(columns.map(({ adapter: name, current, loadedForThis }) => [name, current, loadedForThis])).toEqual([
      ['ceo', true, false],
      ['ceo-q3', false, true],
      [null, false, false],
    ]);
  });

  it('says which adapter was loaded for it, as the answer tells and not as the list of before', async () => {
    await using compared = await compare((_request, body, response) => {
      const [name] = (body as CompareRequest).adapters;
      const adapter_load = name === 'ceo' ? 12.5 : name === null ? null : 'already_loaded';
      json(response, 200, { engine: 'simulated', model: 'm', answers: [answer({ adapter: name!, adapter_load })] });
    });
    compared.session.compare(three);
    const { columns } = await compared.reached('done', 'done', 'done');
    expect(columns.map(({ loadedForThis }) => loadedForThis)).toEqual([true, false, false]);
  });

  it('shows each answer as soon as it is there, and keeps an error in its column', async () => {
    const held = Promise.withResolvers<void>();
    await using compared = await compare(async (_request, body, response) => {
      const [name] = (body as CompareRequest).adapters;
      if (name === null) await held.promise;
      if (name === 'ceo-q3') json(response, 424, { error: 'made for another model', code: 'AOS_ADAPTER_REFUSED' });
      else json(response, 200, answered(name!));
    });
    compared.session.compare(three);
    const early = await compared.reached('done', 'failed', 'running');
    expect(early.columns[1]?.progress).toMatchObject({
      failure: { kind: 'adapterRefused', message: 'made for another model' },
    });
    held.resolve();
    await compared.reached('done', 'failed', 'done');
  });

  it('takes the error that stands in place of an answer for a failure', async () => {
    const error = { error: 'It took too long.', code: 'AOS_DEADLINE' };
    await using compared = await compare((_request, _body, response) =>
      json(response, 200, { engine: 'simulated', model: 'm', answers: [answer({ response: null, error })] }),
    );
    compared.session.compare({ ...three, adapters: ['ceo'] });
    const { columns } = await compared.reached('failed');
    expect(columns[0]?.progress).toMatchObject({ failure: { kind: 'deadline', message: 'It took too long.' } });
  });

  it('stops what still runs, and keeps what is there', async () => {
    await using compared = await compare((_request, body, response) => {
      const [name] = (body as CompareRequest).adapters;
      if (name === 'ceo') json(response, 200, answered(name));
    });
    const id = compared.session.compare(three);
    await compared.reached('done', 'running', 'running');
    compared.session.stop(id);
    await compared.reached('done', 'stopped', 'stopped');
  });

  it('takes a column out, but never the last one', async () => {
    await using compared = await compare((_request, body, response) =>
      json(response, 200, answered((body as CompareRequest).adapters[0]!)),
    );
    const id = compared.session.compare({ ...three, adapters: ['ceo', null] });
    await compared.reached('done', 'done');
    compared.session.closeColumn(id, null);
    compared.session.closeColumn(id, 'ceo');
    expect(compared.session.comparisons[0]?.columns.map((column) => column.adapter)).toEqual(['ceo']);
    expect(compared.session.column(id, null)).toBeUndefined();
  });

  it('is there again in the next session', async () => {
    await using compared = await compare((_request, body, response) =>
      json(response, 200, answered((body as CompareRequest).adapters[0]!)),
    );
    compared.session.compare({ ...three, adapters: ['ceo'] });
    await compared.reached('done');
    await compared.session.dispose();
    expect(JSON.parse(await readFile(file, 'utf8')).entries).toHaveLength(1);
    await compared.session.load();
    expect(compared.session.comparisons).toHaveLength(1);
  });
});
