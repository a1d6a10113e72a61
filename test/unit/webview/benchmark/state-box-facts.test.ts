import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../../../runtime/contracts/benchmark.ts';
import { type BoxAction, stateBoxOf } from '../../../../webview/benchmark/state-box-facts.ts';
import { measurementOf, resultOf } from '../../benchmark/support/results.ts';
import { config, model, running, target } from './fixtures.ts';

const load = { mode: 'open', rate_per_s: 20, ramp_to_per_s: null, duration_s: 50, warm_up_s: 10 } as const;

function incomplete(part: Partial<Measurement>, kept = false) {
  const measurement = { ...measurementOf('inference-uncached', Array(412).fill(1392)), load, ...part };
  return model({ run: { kind: 'incomplete', plan: running().plan, result: resultOf([measurement]), kept } });
}

const kinds = (actions: readonly BoxAction[]) => actions.map(({ kind }) => kind);

describe('the box in the place of a result', () => {
  it('says what a run would send, and offers the baseline instead', () => {
    const box = stateBoxOf(model());
    expect(box).toMatchObject({ title: 'No run yet', primary: false });
    expect(box.text).toBe(
      'Sends 1,000 requests to ceo at 20 per second and reports how long each took, counted from the moment it was due.',
    );
    expect(box.quiet).toBe('Takes 1 min. Nothing leaves this machine.');
    expect(kinds(box.actions)).toEqual(['runBaseline']);
  });

  it('says where the load goes if not to this machine', () => {
    const box = stateBoxOf(
      model({ target: { ...target, kind: 'url', name: 'aos.example.org' }, config: { ...config, mode: 'serial' } }),
    );
    expect(box.quiet).toBe('The load goes to aos.example.org, which may cost money.');
  });

  it.each([
    ['stopped', ['startRuntime', 'showLog']],
    ['failed', ['startRuntime', 'showLog']],
    ['starting', []],
    ['untrusted', []],
    ['noConfig', []],
  ] as const)('offers the way on while the runtime is %s', (state, actions) => {
    expect(kinds(stateBoxOf(model({ target: { ...target, state } })).actions)).toEqual(actions);
  });

  it('says how far a cancelled run came, and keeps it only if asked', () => {
    const box = stateBoxOf(incomplete({ state: 'cancelled' }));
    expect(box.title).toBe('Cancelled after 412 of 1,000 requests');
    expect(box.text).toBe('p50 1.39 s, p95 1.39 s so far.');
    expect(kinds(box.actions)).toEqual(['runAgain', 'showPart', 'keep']);
    expect(kinds(stateBoxOf(incomplete({ state: 'cancelled' }, true)).actions)).toEqual(['runAgain', 'showPart']);
  });

  it('offers nothing to look at if nothing was measured', () => {
    const box = stateBoxOf(incomplete({ state: 'cancelled', requests: 0, latency: null }));
    expect(box.title).toBe('Cancelled before anything was measured');
    expect(kinds(box.actions)).toEqual(['runAgain']);
  });

  it('says when the runtime went, and why if that is known', () => {
    const gone = incomplete({ state: 'target_gone', seconds: 23, reason: 'connection refused' });
    const box = stateBoxOf({ ...gone, target: { ...target, state: 'stopped', problem: 'replica-2: exit code 137' } });
    expect(box.title).toBe('The runtime stopped answering after 23 s');
    expect(box.text).toBe('Answered: 412 requests. replica-2: exit code 137');
    expect(kinds(box.actions)).toEqual(['startRuntime', 'showLog', 'showPart']);
    expect(kinds(stateBoxOf(gone).actions)[0]).toBe('restartRuntime');
  });

  it('refuses the figures of a machine that could not keep the rate, and proposes one that it keeps', () => {
    const generator = { schedule_error_p99_ms: 30, late: 78, late_share: 0.078, kept_rate_per_s: 640 };
    const box = stateBoxOf(incomplete({ state: 'refused', load: { ...load, rate_per_s: 1000 }, generator }));
    expect(box.title).toBe('No figures: this machine couldn’t keep the rate');
    expect(box.text).toMatch(/^7\.8 % of the requests started more than 10 ms late \(limit 1 %\)/);
    expect(box.actions[0]).toEqual({ kind: 'runAt', ratePerS: 600 });
    expect(box).toMatchObject({ primary: true, quiet: 'It kept 640 of the 1,000 per second asked for.' });
  });

  it('proposes no other rate where the machine was only busy', () => {
    const generator = { schedule_error_p99_ms: 30, late: 25, late_share: 0.257, kept_rate_per_s: 20.3 };
    const box = stateBoxOf(incomplete({ state: 'refused', load, generator }));
    expect(kinds(box.actions)).toEqual(['runAgain', 'showRaw']);
    expect(box.quiet).toBe('This machine was too busy with other things. End them, or ask for fewer requests.');
  });

  it('shows what a failed run says', () => {
    const run = {
      kind: 'failed',
      plan: running().plan,
      code: 'AOS_UNAUTHORIZED',
      message: 'The token is wrong.',
    } as const;
    expect(stateBoxOf(model({ run }))).toMatchObject({
      tone: 'bad',
      text: 'The token is wrong.',
      quiet: 'AOS_UNAUTHORIZED',
    });
    expect(kinds(stateBoxOf(model({ run, target: { ...target, state: 'stopped' } })).actions)).toEqual([
      'startRuntime',
      'showLog',
    ]);
  });
});
