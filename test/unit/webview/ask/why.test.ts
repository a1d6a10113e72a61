import { describe, expect, it } from 'vitest';
import type { Exchange } from '../../../../runtime/contracts/ask-panel.ts';
import type { CacheExplanation, InferResponse } from '../../../../runtime/contracts/http.ts';
import { whyLabel, whyRows } from '../../../../webview/ask/why.ts';
import { done, exchange } from '../fixtures.ts';

type Entry = NonNullable<InferResponse['cache_entry']>;

const entry: Entry = {
  stored_at: '2026-11-24T11:00:00.000Z',
  expires_at: '2026-11-24T12:00:00.000Z',
  tier: 'exact',
  prompt: 'What are our Q2 goals?',
  score: null,
};
const nowMs = Date.parse('2026-11-24T11:03:46.000Z');
const hit = (part: Partial<Entry> = {}) =>
  done({ cached: part.tier === 'semantic' ? 'semantic' : 'exact', cache_entry: { ...entry, ...part } });
const rows = (of: Exchange, at = nowMs) => whyRows(of, at).map(({ name, value }) => `${name}: ${value}`);

describe('why an answer came from the cache', () => {
  it('exact: the entry’s age and expiry, and what is the same', () => {
    expect(rows(hit())).toEqual([
      'Found as: exact: the same prompt',
      'Stored: 3 min 46 s ago, expires in 56 min 14 s',
      'Same: prompt, agent, adapter ceo @3f9a1c, engine, parameters',
    ]);
  });

  it('normalised: the prompt it was made for', () => {
    expect(rows(hit({ tier: 'normalised', prompt: 'what are our q2 goals' }))).toEqual([
      'Found as: normalised: the same prompt but for case, spaces and punctuation',
      'Stored prompt: “what are our q2 goals”, 3 min 46 s ago, expires in 56 min 14 s',
      'Same: agent, adapter ceo @3f9a1c, engine, parameters',
    ]);
  });

  it('semantic: the prompt it was made for, and how similar that is', () => {
    expect(rows(hit({ tier: 'semantic', prompt: 'Which goals do we have for Q2?', score: 0.9731 }))).toEqual([
      'Found as: semantic: a prompt that means the same',
      'Stored prompt: “Which goals do we have for Q2?”, 3 min 46 s ago, expires in 56 min 14 s',
      'Similarity: 0.973',
      'Same: agent, adapter ceo @3f9a1c, engine, parameters',
    ]);
  });

  it('says that an entry has expired meanwhile', () => {
    expect(rows(hit(), Date.parse('2026-11-24T13:00:00.000Z'))[1]).toBe('Stored: 2 h ago, expired meanwhile');
  });
});

const explanation: CacheExplanation = {
  tier: null,
  reason: 'The most similar prompt differs in numbers.',
  mode: 'strict',
  embedder: 'lexical',
  similarity_threshold: 0.95,
  calibrated_threshold: 0.9321,
  candidates: [
    {
      prompt: 'What are our Q3 goals?',
      score: 0.962,
      refused_by: [
        { guard: 'similarity', detail: '0.615, at least 0.8' },
        { guard: 'numbers', detail: '2 ≠ 3' },
      ],
    },
  ],
};

describe('what can be asked of an answer', () => {
  it.each<[string, Exchange, string | undefined]>([
    ['from the cache', hit(), 'Why?'],
    ['from the model', { ...done(), explanation }, 'Why not?'],
    ['of which the cache said nothing', done(), undefined],
    ['that is a fallback', { ...done({ fallback: true }), explanation }, undefined],
    ['that still comes', { ...exchange(), explanation }, undefined],
  ])('%s', (_name, of, label) => {
    expect(whyLabel(of)).toBe(label);
  });
});

describe('why an answer did not come from the cache', () => {
  const found = (part: Partial<CacheExplanation> = {}) => rows({ ...done(), explanation: { ...explanation, ...part } });

  it('names the closest prompt, each guard that refused it, and what was needed', () => {
    expect(found()).toEqual([
      'Closest: “What are our Q3 goals?”, 0.962',
      'Refused by: too little similarity: 0.615, at least 0.8; numbers guard: 2 ≠ 3',
      'Needed: similarity 0.932 (strictness 0.95, embedder lexical, mode strict)',
    ]);
  });

  it('says that nothing comes near, and that similar prompts are switched off', () => {
    expect(found({ reason: 'Nothing was asked before.', candidates: [], mode: 'off' })).toEqual([
      'Reason: Nothing was asked before.',
      'Needed: the same prompt: similar ones are switched off',
    ]);
  });
});
