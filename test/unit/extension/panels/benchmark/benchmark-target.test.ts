import { describe, expect, it } from 'vitest';
import { LiveState } from '../../../../../extension/client/live-state.ts';
import { localTarget, urlTarget } from '../../../../../extension/panels/benchmark/benchmark-target.ts';
import { ready } from '../../support/fixtures.ts';

const parts = { live: new LiveState({ onChange: () => undefined }), stoppedAt: null };

describe('the target of a benchmark', () => {
  it('is the runtime of the window, with its address and what is wrong with it', () => {
    const replica = { role: 'replica', state: 'ready', pid: 3, since: 0, readyMs: 1, exit: undefined } as const;
    const processes = [
      { ...replica, name: 'replica-1' },
      { ...replica, name: 'replica-2', exit: 'exit code 137' },
    ];
    const state = { kind: 'running', folder: ready.folder, ready, processes } as const;
    expect(localTarget({ ...parts, state })).toMatchObject({
      kind: 'local',
      state: 'running',
      name: 'Local runtime · boardroom',
      address: '127.0.0.1:7071',
      problem: 'replica-2: exit code 137',
    });
  });

  it('is the deployed runtime that the window shows, which is not this machine', () => {
    const deployed = { name: 'aos-rg', url: 'https://aos.example.org', token: async () => 't' };
    expect(localTarget({ ...parts, state: { kind: 'running', folder: '/boardroom', deployed } })).toMatchObject({
      kind: 'url',
      name: 'aos-rg',
      address: 'aos.example.org',
    });
  });

  it('of an address says when nothing answers there', () => {
    expect(urlTarget('https://aos.example.org', undefined)).toMatchObject({
      state: 'failed',
      problem: 'Nothing answers at https://aos.example.org, or it does not take the token.',
    });
  });
});
