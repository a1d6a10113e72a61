import { describe, expect, it } from 'vitest';
import {
  answerText,
  comparedOf,
  examplesOf,
  lastPrompt,
  openModel,
  optionsOf,
  shownCount,
  unfinished,
  withChoice,
  withComparison,
  withExchange,
  withoutEntries,
  withRuntime,
  withToken,
} from '../../../../webview/ask/model.ts';
import { parseSavedState } from '../../../../webview/ask/saved-state.ts';
import { answer, column, comparison, done, exchange, options, runtime } from '../fixtures.ts';

const saved = { mode: 'agent' as const, agentId: null, compared: null, options: null };
const none = { agentId: null, adapters: null };
const opened = { runtime: runtime(), exchanges: [], comparisons: [], defaults: options, choice: none };

describe('the chosen agent', () => {
  it.each([
    [
      'the one a command names',
      { ...opened, choice: { ...none, agentId: 'cfo' } },
      { ...saved, agentId: 'ceo' },
      'cfo',
    ],
    ['the one of before', opened, { ...saved, agentId: 'cfo' }, 'cfo'],
    ['the one asked last', { ...opened, exchanges: [exchange({ agentId: 'cfo' })] }, saved, 'cfo'],
    ['the first of the list', opened, saved, 'ceo'],
    ['the first, if the one of before is gone', opened, { ...saved, agentId: 'mentor' }, 'ceo'],
    ['none', { ...opened, runtime: runtime({ agents: [] }) }, saved, null],
  ])('is %s', (_name, from, before, agentId) => {
    expect(openModel(from, before).agentId).toBe(agentId);
  });

  it('stays while the runtime is gone, and its agents with it', () => {
    const model = openModel(opened, { ...saved, agentId: 'cfo' });
    const gone = withRuntime(
      model,
      runtime({ state: 'stopped', stoppedAt: 1, engine: null, endpoint: '', agents: [] }),
    );
    expect(gone).toMatchObject({
      agentId: 'cfo',
      runtime: { state: 'stopped', engine: 'simulated', endpoint: '127.0.0.1:8080' },
    });
    expect(gone.runtime.agents).toHaveLength(2);
  });

  it('gives way when it is removed while the runtime runs', () => {
    const model = openModel(opened, { ...saved, agentId: 'cfo' });
    expect(withRuntime(model, runtime({ agents: runtime().agents.slice(0, 1) })).agentId).toBe('ceo');
  });
});

describe('an answer', () => {
  const running = withExchange(openModel(opened, saved), exchange());

  it('grows with its tokens', () => {
    const model = ['Two ', 'goals.'].reduce(
      (before, text, index) => withToken(before, { id: 'x1', text, firstTokenMs: 284, tokensOut: index + 1 }),
      running,
    );
    expect(model.exchanges.get('x1')?.progress).toMatchObject({ text: 'Two goals.', firstTokenMs: 284, tokensOut: 2 });
    expect(unfinished(model)).toHaveLength(1);
  });

  it('takes no token after its end, nor one of an exchange that is gone', () => {
    const token = { id: 'x1', text: 'late', firstTokenMs: 1, tokensOut: 1 };
    const ended = withExchange(running, done());
    expect(withToken(ended, token)).toBe(ended);
    const cleared = withoutEntries(running, ['x1']);
    expect(withToken(cleared, token)).toBe(cleared);
    expect(cleared.exchanges.size).toBe(0);
  });

  it('has its text whatever came of it', () => {
    expect(answerText(done({ response: 'Two goals.' }))).toBe('Two goals.');
    const stopped = { kind: 'stopped' as const, afterMs: 1, firstTokenMs: 1, tokensOut: 1, text: 'Two' };
    expect(answerText(exchange({ progress: stopped }))).toBe('Two');
  });
});

describe('comparing', () => {
  const model = openModel(opened, saved);
  const inCompare = { ...model, mode: 'compare' as const };

  it('begins with the adapter of the agent beside the base model', () => {
    expect(comparedOf(model)).toEqual(['ceo', null]);
    const agents = runtime().agents.map((agent) => ({ ...agent, adapter: 'ceo-q3' }));
    expect(comparedOf(withRuntime(model, runtime({ agents })))).toEqual(['ceo-q3', null]);
    expect(comparedOf(withRuntime(model, runtime({ adapters: [] })))).toEqual([null]);
  });

  it('leaves out adapters that are gone', () => {
    expect(comparedOf({ ...model, compared: ['ceo', 'mentor', null] })).toEqual(['ceo', null]);
  });

  it('is what a command with adapters leads to, and one with an agent leads back', () => {
    const compared = withChoice(model, { agentId: null, adapters: ['ceo', 'ceo-q3'] });
    expect(compared).toMatchObject({ mode: 'compare', agentId: 'ceo', compared: ['ceo', 'ceo-q3'] });
    expect(withChoice(compared, { agentId: 'cfo', adapters: null })).toMatchObject({ mode: 'agent', agentId: 'cfo' });
    expect(withChoice(compared, none).mode).toBe('compare');
  });

  it('has comparisons of its own: to stop, to count, to ask again, to forget', () => {
    const running = withComparison(withExchange(inCompare, exchange()), comparison([column()]));
    expect([unfinished(running), shownCount(running), lastPrompt(running)]).toEqual([
      ['c1'],
      1,
      'What should we stop?',
    ]);
    expect(unfinished({ ...running, mode: 'agent' })).toEqual(['x1']);
    const ended = withComparison(running, comparison([column({ progress: { kind: 'done', answer: answer() } })]));
    expect(unfinished(ended)).toEqual([]);
    expect(shownCount(withoutEntries(ended, ['c1']))).toBe(0);
  });
});

describe('options', () => {
  it('are the settings until the person changes them here', () => {
    const model = openModel(opened, saved);
    expect(optionsOf(model)).toEqual(options);
    expect(optionsOf({ ...model, options: { ...options, maxTokens: 8 } })).toMatchObject({ maxTokens: 8 });
  });
});

describe('examples', () => {
  it('are three prompts of the chosen agent, or of one that has some', () => {
    const three = { agentId: 'ceo', prompts: ['What are our Q2 goals?', 'Why?', 'When?'] };
    expect(examplesOf(openModel(opened, saved))).toEqual(three);
    expect(examplesOf(openModel(opened, { ...saved, agentId: 'cfo' }))).toEqual(three);
  });
});

describe('what was saved', () => {
  it('is taken as it is, and not at all if it is of another version', () => {
    const state = { ...parseSavedState(undefined), prompt: 'half a prom', scrollTop: 12 };
    expect(parseSavedState(structuredClone(state))).toEqual(state);
    expect(parseSavedState({ ...state, color: 'red' })).toEqual(parseSavedState(undefined));
  });
});
