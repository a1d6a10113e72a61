import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { WorkspaceSecrets } from '../../extension/supervisor/workspace-secrets.ts';
import type { CloudNode } from '../../extension/views/cloud/cloud-tree.ts';
import type { RuntimesNode } from '../../extension/views/runtimes-tree.ts';
import type { AdapterView, EndpointReport } from '../../runtime/contracts/http.ts';
import { aos, startRuntime, stopRuntime, until, untilAsync } from './aos.ts';

/** A row of the Cloud view by its label, and its description. */
async function cloudRow(label: string, parent?: RuntimesNode<CloudNode>): Promise<vscode.TreeItem | undefined> {
  const { cloud } = await aos();
  for (const node of cloud.getChildren(parent)) {
    const item = cloud.getTreeItem(node);
    const found = item.label === label ? item : await cloudRow(label, node);
    if (found) return found;
  }
  return undefined;
}

/** The group that an adapter stands in, and its row. */
async function adapterRow(name: string): Promise<{ group: string; item: vscode.TreeItem } | undefined> {
  const { adapters } = await aos();
  for (const group of adapters.getChildren()) {
    const node = adapters.getChildren(group).find((child) => child.kind === 'adapter' && child.name === name);
    if (node) return { group: String(adapters.getTreeItem(group).label), item: adapters.getTreeItem(node) };
  }
  return undefined;
}

const run = <T>(command: string, ...args: unknown[]) => vscode.commands.executeCommand<T>(command, ...args);

describe('adapters, breakers and the endpoint of examples/boardroom', () => {
  before(startRuntime);
  after(stopRuntime);

  it('pins an adapter, which loads it, and its row follows', async () => {
    const { studio } = await aos();
    const pinned = await run<AdapterView>('aos.adapter.pin', 'ceo');
    assert.equal(pinned.pinned, true);
    assert.equal(pinned.loaded, true);
    await until('the view follows', () => studio.live.adapters.get('ceo')?.pinned);
    const row = await adapterRow('ceo');
    assert.equal(row?.group, 'Pinned');
    assert.equal(row.item.contextValue, 'adapter:pinned');
  });

  it('unpins and unloads it again, from its row', async () => {
    const { studio, adapters } = await aos();
    const node = adapters
      .getChildren()
      .flatMap((group) => adapters.getChildren(group))
      .find((child) => child.kind === 'adapter' && child.name === 'ceo');
    await run('aos.adapter.unpin', node);
    await run('aos.adapter.unload', node);
    await until('the view follows', () => studio.live.adapters.get('ceo')?.loaded === false);
    assert.equal((await adapterRow('ceo'))?.group, 'On disk');
    assert.equal((await run<AdapterView>('aos.adapter.load', 'ceo')).loaded, true);
  });

  it('says in the row why an adapter was refused, until it is asked again', async () => {
    const { studio } = await aos();
    assert.equal(await run('aos.adapter.load', 'mentor'), undefined);
    assert.equal(studio.adapterWork.get('mentor')?.kind, 'refused');
  });

  it('resets an open breaker, and the Cloud view shows both', async () => {
    const { studio } = await aos();
    await (await studio.client()).changeBreaker('lorax', 'open');
    const state = (wanted: string) =>
      studio.live.status?.replicas.every(({ breakers }) => breakers.every((breaker) => breaker.state === wanted));
    await until('every replica has opened it', () => state('open'));
    const row = await untilAsync('the row of the open breaker', async () => {
      const item = await cloudRow('lorax');
      return item?.contextValue === 'breaker:open' && item;
    });
    // One replica may have opened it a moment before the other.
    assert.match(String(row.description), /^open · (on replica-\d · )?next attempt in \d+ s/);
    // Without a name: the only one that is open.
    await run('aos.breaker.reset');
    await until('every replica has closed it', () => state('closed'));
    await untilAsync(
      'the row of the closed breaker',
      async () => (await cloudRow('lorax'))?.description === 'closed · 0 of 5 failures',
    );
  });

  it('shows the endpoint, lanes, limit and cache', async () => {
    assert.match(String((await cloudRow('Inference'))?.description), /^simulated · 127\.0\.0\.1:\d+$/);
    assert.match(String((await cloudRow('Critical lane'))?.description), /^0 of \d+ · 0 waiting/);
    assert.match(String((await cloudRow('Adaptive limit'))?.description), /^\d+ of \d+ · \d+ waiting/);
    assert.match(String((await cloudRow('Cache'))?.description), / of 20,000 entries$/);
    assert.match(String((await cloudRow('Service Bus'))?.description), /^embedded · 127\.0\.0\.1:\d+$/);
  });

  it('tests the endpoint and says what it found', async () => {
    const report = await run<EndpointReport>('aos.inference.testEndpoint');
    assert.equal(report.ok, true, JSON.stringify(report.checks));
    assert.equal(report.engine, 'simulated');
    assert(report.checks.length > 0);
  });

  it('tries an adapter in Ask, beside the base model', async () => {
    await run('aos.adapter.try', 'cmo');
    const tab = await until('the tab', () => vscode.window.tabGroups.activeTabGroup.activeTab);
    assert.equal(tab.label, 'Ask: 2 adapters');
    await run('workbench.action.closeActiveEditor');
  });
});

describe('a secret', () => {
  it('is kept in the keychain for this folder, and deleted with an empty value', async () => {
    const { studio } = await aos();
    const { folder } = studio.folder.workspace;
    assert(folder);
    const secrets = new WorkspaceSecrets(studio.context.secrets, folder);
    await run('aos.secrets.set', 'AOS_TEST_KEY', 'value');
    assert.equal(await secrets.has('AOS_TEST_KEY'), true);
    await run('aos.secrets.set', 'AOS_TEST_KEY', '');
    assert.equal(await secrets.has('AOS_TEST_KEY'), false);
  });
});
