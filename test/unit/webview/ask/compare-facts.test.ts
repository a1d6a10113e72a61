import { describe, expect, it } from 'vitest';
import { columnLines, comparedRows } from '../../../../webview/ask/compare-facts.ts';
import { overlapOf } from '../../../../webview/ask/overlap.ts';
import { answer, askedAt, column, comparison, failure } from '../fixtures.ts';

const doneColumn = (part: Parameters<typeof answer>[0], of: Parameters<typeof column>[0] = {}) =>
  column({ ...of, progress: { kind: 'done', answer: answer(part) } });

describe('the foot of a column', () => {
  const lines = (of: ReturnType<typeof column>, nowMs = askedAt) => columnLines(of, comparison([of]), nowMs);

  it('names source, figures, and that the cache was not used', () => {
    expect(lines(doneColumn({}))).toEqual([
      'ceo @3f9a1c · simulated',
      '1.58 s · first token 279 ms · 96 tokens',
      'not cached',
    ]);
  });

  it('says that no adapter was used, and that an answer is cut', () => {
    const base = doneColumn({ finish_reason: 'length' }, { adapter: null, revision: null });
    expect(lines(base)[0]).toBe('no adapter · simulated');
    expect(lines(base)[1]).toMatch(/ · cut at the limit of tokens$/);
  });

  it('runs while the answer runs, and stands when it ended', () => {
    expect(lines(column(), askedAt + 1200)).toEqual(['ceo @3f9a1c · simulated', '1.2 s']);
    expect(lines(column({ progress: { kind: 'stopped', afterMs: 900 } }))[1]).toBe('stopped after 900 ms');
  });
});

describe('the table', () => {
  const rows = comparedRows(
    comparison([
      doneColumn({ response: 'Stop custom builds for single customers.' }, { adapter: 'ceo-q3', revision: 'c07b55' }),
      doneColumn({ response: 'Stop custom builds for everyone, now.' }, { current: true }),
      column({ adapter: null, revision: null }),
      column({
        adapter: 'cto',
        revision: null,
        progress: { kind: 'failed', afterMs: 1, failure: failure('adapterRefused') },
      }),
    ]),
  );

  it('has latency, first token, tokens and their speed from the first one on', () => {
    expect(rows[0]).toMatchObject({
      adapter: 'ceo-q3 @c07b55',
      latency: '1.58 s',
      firstToken: '279 ms',
      tokensOut: '96',
      tokensPerSecond: '74',
    });
  });

  it('compares the words with those of the chosen agent’s adapter', () => {
    // Of the 4 and 4 sequences of three words 2 are shared.
    expect(rows.map(({ overlap }) => overlap)).toEqual(['33 %', '–', '–', '–']);
  });

  it('says what runs and what failed', () => {
    expect(rows.slice(2).map(({ adapter, latency, tokensOut }) => [adapter, latency, tokensOut])).toEqual([
      ['base model', 'running', '–'],
      ['cto', 'failed', '–'],
    ]);
  });
});

describe('the load of an adapter', () => {
  const load = (part: Parameters<typeof answer>[0], of: Parameters<typeof column>[0] = {}) =>
    comparedRows(comparison([doneColumn(part, of)])).map(({ adapterLoad }) => adapterLoad);

  it('is the time that the engine tells, or the reason why there is none', () => {
    expect(load({ adapter_load: 53.4 })).toEqual(['53 ms']);
    expect(load({ adapter_load: 0.3 })).toEqual(['< 1 ms']);
    expect(load({ adapter_load: 'already_loaded' })).toEqual(['already loaded']);
  });

  it('is unknown where the endpoint does not tell, and none without an adapter', () => {
    expect(load({ adapter_load: null })).toEqual(['unknown']);
    expect(load({ adapter_load: null }, { adapter: null })).toEqual(['–']);
  });
});

describe('the overlap of two texts', () => {
  it('is the share of three-word sequences that both have; case and punctuation do not count', () => {
    expect(overlapOf('One two three four.', 'one, TWO three four')).toBe(1);
    expect(overlapOf('one two three four', 'two three four five')).toBeCloseTo(1 / 3);
    expect(overlapOf('one two three', 'four five six')).toBe(0);
  });

  it('is not known of texts without three words', () => {
    expect(overlapOf('Yes.', 'No!')).toBeUndefined();
    expect(overlapOf('Yes.', 'one two three')).toBe(0);
  });
});
