import { describe, expect, it } from 'vitest';
import { LiveState } from '../../../../extension/client/live-state.ts';
import { RuntimeError } from '../../../../extension/client/runtime-error.ts';
import type { Deployed, StudioState } from '../../../../extension/studio-state.ts';
import { type RuntimeParts, runtimeFace, runtimeHint } from '../../../../extension/views/runtime-face.ts';
import { ready, status } from '../support/fixtures.ts';

const folder = '/home/ada/boardroom';
const byToken: Deployed = { name: 'aos.example', url: 'https://aos.example', token: async () => 'token' };
const inAzure: Deployed = { ...byToken, name: 'aos-rg', signIn: async () => undefined };
const silent = new RuntimeError('AOS_NOT_RUNNING', 'The runtime at https://aos.example does not answer.');
const refused = new RuntimeError('AOS_UNAUTHORIZED', 'The token is not the one of this runtime.');

function untouched(): LiveState {
  return new LiveState({ onChange: () => undefined, intervalMs: 0 });
}

function answering(): LiveState {
  const live = untouched();
  live.apply({ event: 'snapshot', status: status(), agents: [], adapters: [], shards: [] });
  return live;
}

function lost(problem: Error): LiveState {
  const live = untouched();
  live.setDisconnected(problem);
  return live;
}

const local = (state: StudioState, live = untouched()): RuntimeParts => ({ id: 'local', state, live });
const remote = (deployed: Deployed, live: LiveState): RuntimeParts => ({
  id: 'remote',
  state: { kind: 'running', deployed },
  live,
});
const running: StudioState = { kind: 'running', folder, ready, processes: [] };

describe('the row of a runtime', () => {
  it.each<[string, RuntimeParts, string, string]>([
    ['Local running · this machine', local(running, answering()), 'vm', 'local:running'],
    ['Local stopped · this machine', local({ kind: 'stopped', folder }), 'vm', 'local:stopped'],
    [
      'Local starting · this machine',
      local({ kind: 'starting', folder, since: 0, processes: [] }),
      'vm',
      'local:starting',
    ],
    ['aos-rg Azure · connected', remote(inAzure, answering()), 'cloud', 'remote:connected'],
    ['aos-rg Azure · connecting', remote(inAzure, untouched()), 'cloud', 'remote:connecting'],
    ['aos-rg Azure · does not answer', remote(inAzure, lost(silent)), 'cloud', 'remote:lost'],
    ['aos.example not connected', remote(byToken, lost(refused)), 'cloud', 'remote:lost'],
  ])('says where it is and whether it answers: %s', (text, runtime, icon, context) => {
    const face = runtimeFace(runtime, false);
    expect(`${face.label} ${face.description}`).toBe(text);
    expect(face.icon).toBe(icon);
    expect(face.context).toBe(`runtime:beside:${context}`);
  });

  it('says that it is the one in use', () => {
    const face = runtimeFace(remote(inAzure, answering()), true);
    expect(face.description).toBe('Azure · connected · in use');
    expect(face.context).toBe('runtime:inUse:remote:connected');
  });

  it('stands out when it does not answer, in use or not', () => {
    expect(runtimeFace(remote(inAzure, answering()), false).color).toBeUndefined();
    for (const inUse of [true, false])
      expect(runtimeFace(remote(inAzure, lost(silent)), inUse).color).toBe('list.warningForeground');
  });

  it('tells the address, and why it does not answer', () => {
    expect(runtimeFace(remote(inAzure, lost(silent)), true).details).toEqual(['https://aos.example', silent.message]);
  });
});

describe('what stands below a runtime without rows', () => {
  it('starts one that is stopped, and one that has failed, with the reason', () => {
    expect(runtimeHint(local({ kind: 'stopped', folder }))).toMatchObject({ command: 'aos.start', description: '' });
    const failed = local({ kind: 'failed', folder, failure: 'crashed', message: 'out of memory' });
    expect(runtimeHint(failed)).toMatchObject({ command: 'aos.start', description: 'out of memory' });
  });

  it('tries again where one does not answer, and says why it did not', () => {
    const hint = runtimeHint(remote(inAzure, lost(silent)));
    expect(hint).toMatchObject({ label: 'Try Again', command: 'aos.connection.tryAgain', description: silent.message });
  });

  it('offers nothing while it waits, nor where there is nothing yet', () => {
    expect(runtimeHint(remote(inAzure, untouched()))).toEqual({
      label: 'connecting',
      description: '',
      icon: 'loading~spin',
    });
    expect(runtimeHint(local(running, answering())).command).toBeUndefined();
  });
});
