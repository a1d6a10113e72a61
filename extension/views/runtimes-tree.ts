import * as vscode from 'vscode';
import type { RuntimeId, StudioRuntime } from '../runtimes/studio-runtime.ts';
import type { Studio } from '../studio.ts';
import { icon } from './agent-items.ts';
import { runtimeFace, runtimeHint } from './runtime-face.ts';

/** A row. Commands that are called with it act on its runtime. */
export interface RuntimeNode {
  /** Stable over updates, and unique among the rows of its runtime. */
  readonly id: string;
  readonly runtimeId: RuntimeId;
}

/** What a view shows of one runtime. */
export interface RuntimeTree<N extends RuntimeNode> extends vscode.Disposable {
  readonly onDidChangeTreeData: vscode.Event<N | N[] | undefined>;
  getChildren(node?: N): N[];
  getTreeItem(node: N): vscode.TreeItem;
  getParent(node: N): N | undefined;
}

/** Where a tree hears which of its rows are opened. */
export interface RowExpansion {
  readonly onDidExpandElement: vscode.Event<{ readonly element: RuntimeNode }>;
  readonly onDidCollapseElement: vscode.Event<{ readonly element: RuntimeNode }>;
}

/** The row above those of a runtime, or the hint below it where it has none. */
export class RuntimeRow implements RuntimeNode {
  readonly kind: 'runtime' | 'hint';
  readonly id: string;
  readonly runtimeId: RuntimeId;

  constructor(kind: RuntimeRow['kind'], runtimeId: RuntimeId) {
    this.kind = kind;
    this.id = kind;
    this.runtimeId = runtimeId;
  }
}

export type RuntimesNode<N extends RuntimeNode> = N | RuntimeRow;

interface Branch<N extends RuntimeNode> extends vscode.Disposable {
  readonly runtime: StudioRuntime;
  readonly tree: RuntimeTree<N>;
  readonly root: RuntimeRow;
  readonly hint: RuntimeRow;
}

/** A view of all runtimes of the window: the tree of the only one, or of each below a row of its own. */
export class RuntimesTree<N extends RuntimeNode>
  implements vscode.TreeDataProvider<RuntimesNode<N>>, vscode.Disposable
{
  readonly view: vscode.TreeView<RuntimesNode<N>>;
  readonly #studio: Studio;
  readonly #treeOf: (runtime: StudioRuntime, rows: RowExpansion) => RuntimeTree<N>;
  readonly #changed = new vscode.EventEmitter<RuntimesNode<N> | RuntimesNode<N>[] | undefined>();
  readonly #subscriptions: vscode.Disposable;
  #branches: readonly Branch<N>[] = [];

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(studio: Studio, viewId: string, treeOf: (runtime: StudioRuntime, rows: RowExpansion) => RuntimeTree<N>) {
    this.#studio = studio;
    this.#treeOf = treeOf;
    this.view = vscode.window.createTreeView<RuntimesNode<N>>(viewId, {
      treeDataProvider: this,
      showCollapseAll: true,
    });
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      this.view,
      studio.onRuntimesChange(() => this.#arrange()),
    );
    this.#arrange();
  }

  getChildren(node?: RuntimesNode<N>): RuntimesNode<N>[] {
    if (!node) {
      const [only, ...others] = this.#branches;
      return others.length > 0 ? this.#branches.map(({ root }) => root) : (only?.tree.getChildren() ?? []);
    }
    const branch = this.#branchOf(node);
    if (!branch || node === branch.hint) return [];
    if (!(node instanceof RuntimeRow)) return branch.tree.getChildren(node);
    const rows = branch.tree.getChildren();
    return rows.length > 0 ? rows : [branch.hint];
  }

  getTreeItem(node: RuntimesNode<N>): vscode.TreeItem {
    const branch = this.#branchOf(node);
    const item = branch ? this.#item(node, branch) : new vscode.TreeItem('');
    item.id = `${node.runtimeId}/${node.id}`;
    return item;
  }

  getParent(node: RuntimesNode<N>): RuntimesNode<N> | undefined {
    const branch = this.#branchOf(node);
    if (!branch || node === branch.root) return undefined;
    const parent = node instanceof RuntimeRow ? undefined : branch.tree.getParent(node);
    return parent ?? (this.#branches.length > 1 ? branch.root : undefined);
  }

  dispose(): void {
    for (const branch of this.#branches) branch.dispose();
    this.#subscriptions.dispose();
  }

  #item(node: RuntimesNode<N>, { runtime, tree }: Branch<N>): vscode.TreeItem {
    if (!(node instanceof RuntimeRow)) return tree.getTreeItem(node);
    return node.kind === 'hint' ? hintItem(runtime) : rootItem(runtime, runtime === this.#studio.inUse);
  }

  #branchOf({ runtimeId }: RuntimeNode): Branch<N> | undefined {
    return this.#branches.find(({ runtime }) => runtime.id === runtimeId);
  }

  #arrange(): void {
    const before = this.#branches;
    const { runtimes } = this.#studio;
    this.#branches = runtimes.map(
      (runtime) => before.find((branch) => branch.runtime === runtime) ?? this.#branch(runtime),
    );
    for (const branch of before) if (!this.#branches.includes(branch)) branch.dispose();
    this.#changed.fire(undefined);
  }

  #branch(runtime: StudioRuntime): Branch<N> {
    const tree = this.#treeOf(runtime, this.view);
    const root = new RuntimeRow('runtime', runtime.id);
    const hint = new RuntimeRow('hint', runtime.id);
    const draw = (changed?: N | N[]) => this.#changed.fire(changed ?? (this.#branches.length > 1 ? root : undefined));
    let drawn = '';
    const drawRoot = () => {
      const face = JSON.stringify([runtimeFace(runtime, false), runtimeHint(runtime)]);
      if (face === drawn || this.#branches.length < 2) return;
      drawn = face;
      draw();
    };
    const subscriptions = vscode.Disposable.from(
      tree,
      tree.onDidChangeTreeData(draw),
      runtime.onStateChange(drawRoot),
      runtime.onLiveChange(({ status }) => status && drawRoot()),
    );
    return { runtime, tree, root, hint, dispose: () => subscriptions.dispose() };
  }
}

function rootItem(runtime: StudioRuntime, inUse: boolean): vscode.TreeItem {
  const face = runtimeFace(runtime, inUse);
  const item = new vscode.TreeItem(face.label, vscode.TreeItemCollapsibleState.Expanded);
  item.description = face.description;
  item.iconPath = icon(face.icon, face.color);
  item.contextValue = face.context;
  item.tooltip = [`${face.label}: ${face.description}`, ...face.details].join('\n');
  item.accessibilityInformation = { label: `${face.label}, ${face.description}` };
  return item;
}

function hintItem(runtime: StudioRuntime): vscode.TreeItem {
  const { label, description, icon: iconId, command } = runtimeHint(runtime);
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.None);
  item.description = description;
  item.iconPath = icon(iconId);
  item.tooltip = description === '' ? label : `${label}: ${description}`;
  item.accessibilityInformation = { label: item.tooltip };
  if (command !== undefined) item.command = { command, title: label };
  return item;
}
