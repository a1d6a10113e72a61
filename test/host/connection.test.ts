import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { aos, type RunningState, startRuntime, stopRuntime, until } from './aos.ts';

const run = (command: string, ...args: unknown[]) => vscode.commands.executeCommand(command, ...args);
const connectionUrl = () => vscode.workspace.getConfiguration('aos').get('connection.url');

/** The first two levels of a view as a person reads them. */
async function levels(view: 'agents' | 'adapters' | 'cloud'): Promise<{ root: vscode.TreeItem; below: string[] }[]> {
  const tree = (await aos())[view];
  const labelOf = (node: Parameters<typeof tree.getTreeItem>[0]) => String(tree.getTreeItem(node as never).label);
  return tree.getChildren().map((node) => ({
    root: tree.getTreeItem(node as never),
    below: tree.getChildren(node as never).map(labelOf),
  }));
}

/** The local runtime is "elsewhere" too: the window reaches it by its address and token, as any other. */
describe('a runtime elsewhere beside the local one', () => {
  let started: RunningState;

  before(async () => {
    started = await startRuntime();
  });
  after(async () => {
    await run('aos.disconnect');
    await stopRuntime();
  });

  it('takes no address whose token could be read on the way', async () => {
    await run('aos.connect', 'http://aos.example.com', 'token');
    assert.equal((await aos()).studio.remote, undefined);
    assert.equal(connectionUrl(), '');
  });

  it('is connected to only if it takes the token', async () => {
    await run('aos.connect', started.ready.http, 'not the token');
    assert.equal((await aos()).studio.remote, undefined);
  });

  it('is in the same views, below a row of its own, and in use', async () => {
    const { studio } = await aos();
    await run('aos.connect', `${started.ready.http}/`, started.ready.token);
    assert.equal(connectionUrl(), started.ready.http);
    await until('it answers', () => studio.remote?.live.connected);
    assert.equal(studio.inUse, studio.remote);
    const host = new URL(started.ready.http).host;
    for (const view of ['agents', 'adapters', 'cloud'] as const) {
      const [local, remote, ...others] = await levels(view);
      assert.equal(others.length, 0);
      assert.deepEqual([local?.root.label, local?.root.description], ['Local', 'running · this machine']);
      assert.deepEqual([remote?.root.label, remote?.root.description], [host, 'connected · in use']);
      assert.deepEqual(local?.below, remote?.below, view);
      assert.notDeepEqual(local?.below, ['Nothing yet'], view);
    }
  });

  it('has rows of its own: what is done with one is not said of the other', async () => {
    const { studio } = await aos();
    const row = { kind: 'adapter', name: 'mentor', runtimeId: 'local' };
    await run('aos.adapter.load', row);
    assert.equal(studio.local.adapterWork.get('mentor')?.kind, 'refused');
    assert.equal(studio.remote?.adapterWork.get('mentor'), undefined);
  });

  it('leaves the place to the local one when a person uses that', async () => {
    const { studio, statusBar } = await aos();
    await run('aos.useRuntime', { id: 'runtime', runtimeId: 'local' });
    assert.equal(studio.inUse, studio.local);
    assert.match(statusBar.text, /^\$\(pulse\) AOS 5 agents/);
    const [local, remote] = await levels('agents');
    assert.equal(local?.root.description, 'running · this machine · in use');
    assert.equal(remote?.root.description, 'connected');
  });

  it('is in use from then on when an agent is asked from its row', async () => {
    const { studio } = await aos();
    await run('aos.agent.ask', { kind: 'agent', agentId: 'cfo', runtimeId: 'remote' });
    assert.equal(studio.inUse, studio.remote);
    await run('workbench.action.closeActiveEditor');
  });

  it('says that it does not answer, with a way to try again, and leaves the local one alone', async () => {
    const { studio } = await aos();
    const configuration = vscode.workspace.getConfiguration('aos');
    // A port that nobody listens on; its token is not known either.
    await configuration.update('connection.url', 'http://127.0.0.1:9', vscode.ConfigurationTarget.Workspace);
    await until('it is tried in vain', () => studio.remote?.live.problem);
    const [local, remote] = await levels('agents');
    assert.deepEqual([remote?.root.label, remote?.below], ['127.0.0.1:9', ['Try Again']]);
    assert.match(String(remote?.root.description), /^not connected/);
    assert.equal(local?.root.description, 'running · this machine');
    assert.equal(studio.local.live.agents.size, 5);
  });

  it('is gone when it is disconnected, and the views are as before', async () => {
    const { studio } = await aos();
    await run('aos.disconnect');
    assert.equal(connectionUrl(), '');
    assert.equal(studio.inUse, studio.local);
    const rows = await levels('agents');
    assert.match(String(rows[0]?.root.label), /^replica-1$/);
  });
});
