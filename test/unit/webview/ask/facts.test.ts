import { describe, expect, it } from 'vitest';
import type { Exchange } from '../../../../runtime/contracts/ask-panel.ts';
import { answerFacts, whyRows } from '../../../../webview/ask/facts.ts';
import { askedAt, done, exchange, failure, options } from '../fixtures.ts';

const line = (of: Exchange, nowMs = askedAt) =>
  answerFacts(of, nowMs)
    .map(({ text }) => text)
    .join(' · ');

describe('the line under an answer', () => {
  it('names adapter, engine, latency, first token, tokens and cache', () => {
    expect(line(done())).toBe(
      'ceo @3f9a1c · simulated · 1.62 s · first token 284 ms · 61 tokens in, 148 out · not cached',
    );
  });

  it('of a cached one names the kind of hit, with its sign', () => {
    const hit = done({ cached: 'exact', latency_ms: 2, first_token_ms: null });
    expect(line(hit)).toBe('ceo @3f9a1c · simulated · 2 ms · 0 tokens · exact cache hit');
    expect(answerFacts(hit, askedAt).at(-1)?.icon).toBe('zap');
  });

  it('tells an answer that was not looked up from one that was not found', () => {
    expect(line({ ...done(), options: { ...options, useCache: false } })).toMatch(/ · cache not used$/);
  });

  it('says that an answer is cut, and that no adapter was used', () => {
    expect(line(done({ finish_reason: 'length', adapter: null, adapter_revision: null }))).toMatch(
      /^base model · .* · cut at the limit of tokens · not cached$/,
    );
  });

  it('runs while the answer runs', () => {
    const progress = { kind: 'running' as const, startedAt: askedAt, firstTokenMs: 301, tokensOut: 27, text: 'The' };
    expect(line(exchange({ progress }), askedAt + 900)).toBe(
      'ceo @3f9a1c · simulated · 900 ms · first token 301 ms · 27 tokens out',
    );
    expect(line(exchange(), askedAt + 1500)).toBe('ceo @3f9a1c · simulated · 1.5 s');
  });

  it('says when an answer was stopped', () => {
    const part = { afterMs: 30_000, firstTokenMs: 410, tokensOut: 1, text: 'Three' };
    const text = 'ceo @3f9a1c · simulated · stopped after 30.0 s · first token 410 ms · 1 token out';
    expect(line(exchange({ progress: { kind: 'stopped', ...part } }))).toBe(text);
    expect(line(exchange({ progress: { kind: 'failed', ...part, failure: failure('deadline') } }))).toBe(text);
  });
});

describe('why an answer came from the cache', () => {
  const entry = { stored_at: '2026-11-24T11:00:00.000Z', expires_at: '2026-11-24T12:00:00.000Z' };
  const nowMs = Date.parse('2026-11-24T11:03:46.000Z');
  const rows = (of: Exchange, at = nowMs) => whyRows(of, at).map(({ name, value }) => `${name}: ${value}`);

  it('exact: the entry’s age and expiry, and what is the same', () => {
    expect(rows(done({ cached: 'exact', cache_entry: entry }))).toEqual([
      'Stored: 3 min 46 s ago, expires in 56 min 14 s',
      'Same: prompt, agent, adapter ceo @3f9a1c, engine, parameters',
    ]);
  });

  it('semantic: not the prompt', () => {
    expect(rows(done({ cached: 'semantic', cache_entry: entry }))[1]).toBe(
      'Same: agent, adapter ceo @3f9a1c, engine, parameters',
    );
  });

  it('says that an entry has expired meanwhile', () => {
    expect(rows(done({ cached: 'exact', cache_entry: entry }), Date.parse('2026-11-24T13:00:00.000Z'))[0]).toBe(
      'Stored: 2 h ago, expired meanwhile',
    );
  });

  it('is no question for an answer that did not', () => {
    expect(rows(done())).toEqual([]);
    expect(rows(exchange())).toEqual([]);
  });
});
