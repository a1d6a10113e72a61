import * as vscode from 'vscode';
import type { AdapterView } from '../../runtime/contracts/http.ts';
import type { AdapterWorkState } from '../adapter-work.ts';
import { t } from '../l10n.ts';
import type { StudioRuntime } from '../runtimes/studio-runtime.ts';
import {
  type AdapterGroup,
  type AdapterPlace,
  adapterDescription,
  adapterFacts,
  groupAdapters,
  placeOf,
} from './adapter-groups.ts';
import { icon } from './agent-items.ts';
import type { RuntimeNode, RuntimeTree } from './runtimes-tree.ts';

type AdaptersRow = { kind: 'group'; id: string; place: AdapterPlace } | { kind: 'adapter'; id: string; name: string };

export type AdaptersNode = AdaptersRow & RuntimeNode;

/** A runtime in the view Adapters: what is pinned, loaded and on disk. */
export class AdaptersTree implements RuntimeTree<AdaptersNode> {
  readonly #runtime: StudioRuntime;
  readonly #changed = new vscode.EventEmitter<AdaptersNode | undefined>();
  readonly #nodes = new Map<string, AdaptersNode>();
  readonly #subscriptions: vscode.Disposable;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(runtime: StudioRuntime) {
    this.#runtime = runtime;
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      runtime.onLiveChange((change) => change.adapters && this.#changed.fire(undefined)),
    );
  }

  getChildren(node?: AdaptersNode): AdaptersNode[] {
    if (node?.kind === 'adapter') return [];
    const groups = this.#groups();
    if (!node) return groups.map(({ place }) => this.#node({ kind: 'group', id: `group:${place}`, place }));
    const group = groups.find(({ place }) => place === node.place);
    return (group?.adapters ?? []).map(({ name }) => this.#node({ kind: 'adapter', id: `adapter:${name}`, name }));
  }

  getTreeItem(node: AdaptersNode): vscode.TreeItem {
    if (node.kind === 'adapter') {
      const { live, adapterWork } = this.#runtime;
      const adapter = live.adapters.get(node.name);
      return adapter ? adapterItem(adapter, adapterWork.get(node.name)) : new vscode.TreeItem(node.name);
    }
    const group = this.#groups().find(({ place }) => place === node.place);
    return group ? groupItem(group) : new vscode.TreeItem('');
  }

  getParent(node: AdaptersNode): AdaptersNode | undefined {
    if (node.kind === 'group') return undefined;
    const adapter = this.#runtime.live.adapters.get(node.name);
    return adapter && this.#nodes.get(`group:${placeOf(adapter)}`);
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  #groups(): AdapterGroup[] {
    const { adapters, status } = this.#runtime.live;
    return groupAdapters(adapters.values(), status?.adapter_slots);
  }

  #node(row: AdaptersRow): AdaptersNode {
    const known = this.#nodes.get(row.id);
    if (known) return known;
    const node = { ...row, runtimeId: this.#runtime.id };
    this.#nodes.set(node.id, node);
    return node;
  }
}

function groupItem(group: AdapterGroup): vscode.TreeItem {
  const { label, iconId } = {
    pinned: { label: t('Pinned'), iconId: 'pin' },
    loaded: { label: t('Loaded'), iconId: 'layers' },
    registered: { label: t('Registered'), iconId: 'layers' },
    disk: { label: t('On disk'), iconId: 'folder' },
  }[group.place];
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Expanded);
  item.description = group.description;
  item.iconPath = icon(iconId);
  item.tooltip = `${label}: ${group.description}`;
  item.accessibilityInformation = { label: `${label}, ${group.description}` };
  return item;
}

function adapterItem(adapter: AdapterView, work: AdapterWorkState | undefined): vscode.TreeItem {
  const place = placeOf(adapter);
  const item = new vscode.TreeItem(adapter.name, vscode.TreeItemCollapsibleState.None);
  item.description = adapterDescription(adapter, work);
  item.iconPath = adapterIcon(place, work);
  // While something is done with it there is nothing else to do with it.
  item.contextValue = work && work.kind !== 'refused' ? 'adapter:busy' : `adapter:${place}`;
  item.tooltip = adapterFacts(adapter, work).join('\n');
  item.accessibilityInformation = { label: `${t('adapter {0}', adapter.name)}, ${item.description}` };
  return item;
}

function adapterIcon(place: AdapterPlace, work: AdapterWorkState | undefined): vscode.ThemeIcon {
  if (work) return work.kind === 'refused' ? icon('error', 'testing.iconFailed') : icon('loading~spin');
  return {
    pinned: icon('pinned'),
    loaded: icon('layers-active'),
    registered: icon('layers'),
    disk: icon('file-zip', 'disabledForeground'),
  }[place];
}
