import { describe, expect, it } from 'vitest';
import type { Exchange } from '../../../../runtime/contracts/ask-panel.ts';
import { answerFacts } from '../../../../webview/ask/facts.ts';
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

  it('says that a fallback answer is not the model’s', () => {
    const fallback = done({ fallback: true });
    expect(line(fallback)).toMatch(/ · fallback answer, not from the model$/);
    expect(answerFacts(fallback, askedAt).at(-1)?.icon).toBe('warning');
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
