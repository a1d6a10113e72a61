import { describe, expect, it } from 'vitest';
import type { AskFailure } from '../../../../runtime/contracts/ask-panel.ts';
import { countdownText, failureFace, failureFacts } from '../../../../webview/ask/failure-text.ts';
import { askedAt, done, exchange, failure, runtime } from '../fixtures.ts';

function face(
  kind: AskFailure['kind'],
  part: { text?: string; state?: 'running' | 'stopped'; breakerOpen?: boolean; failure?: Partial<AskFailure> } = {},
) {
  const { text = '', state = 'running', breakerOpen = false } = part;
  const progress = {
    kind: 'failed' as const,
    afterMs: 1,
    firstTokenMs: null,
    tokensOut: 0,
    text,
    failure: failure(kind, part.failure),
  };
  return failureFace(exchange({ progress }), runtime({ state, breakerOpen }))!;
}

describe('a failure', () => {
  it('of the breaker counts down to the next attempt', () => {
    expect(face('breakerOpen', { breakerOpen: true, failure: { retryAt: askedAt + 42_000 } })).toMatchObject({
      kind: 'error',
      title: 'The breaker for LoRAX is open.',
      detail: expect.stringContaining('Next attempt in {time}.'),
      actions: ['resetBreaker', 'retryWhenPossible'],
      until: askedAt + 42_000,
    });
  });

  it('of a breaker that is closed again may be asked again at once', () => {
    expect(face('breakerOpen', { failure: { retryAt: askedAt + 42_000 } })).toMatchObject({
      title: 'The breaker for LoRAX refused this call.',
      actions: ['askAgain'],
      until: null,
    });
  });

  it('of the deadline says whether a part is kept', () => {
    expect(face('deadline').title).toBe('No complete answer within the deadline of 30 s.');
    expect(face('deadline').detail).toBe('Raise {setting} or ask for fewer tokens.');
    expect(face('deadline', { text: 'Three contracts' }).detail).toMatch(/^The part received is kept above\./);
  });

  it('of the runtime offers to start it, or to ask again if it is back', () => {
    expect(face('runtimeGone', { state: 'stopped' })).toMatchObject({
      title: 'The runtime stopped while ceo answered.',
      actions: ['startRuntime'],
    });
    expect(face('runtimeGone')).toMatchObject({
      title: 'The replica stopped while ceo answered.',
      actions: ['askAgain'],
    });
  });

  it.each<[AskFailure['kind'], string]>([
    ['laneFull', 'The critical lane is full.'],
    ['agentGone', 'There is no agent ceo any more.'],
    ['adapterRefused', 'The engine could not load ceo @3f9a1c.'],
    ['other', 'ceo gave no answer.'],
  ])('%s has its own line', (kind, title) => {
    expect(face(kind).title).toBe(title);
    expect(face(kind).actions.length).toBeGreaterThan(0);
  });

  it('that waits says when it is asked again by itself, and which try that is', () => {
    const waiting = {
      kind: 'waiting' as const,
      retryAt: askedAt + 2000,
      attempt: 1,
      attempts: 3,
      failure: failure('laneFull'),
    };
    expect(failureFace(exchange({ progress: waiting }), runtime())).toMatchObject({
      kind: 'warning',
      detail: expect.stringContaining('Asked again by itself in {time} (1 of 3).'),
      actions: ['cancelWait'],
    });
  });

  it('is no matter of an answer that came', () => {
    expect(failureFace(done(), runtime())).toBeUndefined();
  });

  it('names its code and a short trace', () => {
    expect(failureFacts(failure('other', { code: 'AOS_INTERNAL', traceId: '7be1dcf2aa990404' }))).toEqual([
      'AOS_INTERNAL',
      'trace 7be1…04',
    ]);
    expect(failureFacts(failure('other'))).toEqual(['AOS_X']);
  });
});

it('a countdown shows whole seconds and is never over too early', () => {
  expect([42_000, 41_999, 1, 0, -5].map((left) => countdownText(askedAt + left, askedAt))).toEqual([
    '42 s',
    '42 s',
    '1 s',
    '0 s',
    '0 s',
  ]);
});
