import * as vscode from 'vscode';
import type { RuntimeId, StudioRuntime } from '../../runtimes/studio-runtime.ts';
import { icon } from '../agent-items.ts';
import type { RuntimeNode, RuntimeTree } from '../runtimes-tree.ts';
import type { CloudRow } from './cloud-row.ts';
import { cloudRows } from './cloud-rows.ts';

/** A row. The objects are kept over updates: VS Code knows rows by identity. */
export interface CloudNode extends RuntimeNode {
  /** For commands: what the row stands for. */
  readonly breakerName: string | undefined;
}

/** Countdowns show whole seconds. */
const TICK_MS = 1000;

/** A runtime in the view Cloud: the services below it, the lanes, breakers and the cache in front of them. */
export class CloudTree implements RuntimeTree<CloudNode> {
  readonly #runtime: StudioRuntime;
  readonly #changed = new vscode.EventEmitter<CloudNode[] | undefined>();
  readonly #nodes = new Map<string, CloudNode>();
  readonly #subscriptions: vscode.Disposable;
  #rows: ReadonlyMap<string, DrawnRow> = new Map();
  #ticker: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(runtime: StudioRuntime) {
    this.#runtime = runtime;
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      runtime.onLiveChange((change) => change.status && this.#refresh()),
    );
    this.#refresh();
  }

  getChildren(node?: CloudNode): CloudNode[] {
    return [...this.#rows.values()].filter(({ parent }) => parent === node?.id).map(({ row }) => this.#node(row));
  }

  getTreeItem(node: CloudNode): vscode.TreeItem {
    const drawn = this.#rows.get(node.id);
    if (!drawn) return new vscode.TreeItem('');
    const item = rowItem(drawn.row);
    item.contextValue = contextAt(this.#runtime.id, drawn.row.context);
    return item;
  }

  getParent(node: CloudNode): CloudNode | undefined {
    const parent = this.#rows.get(node.id)?.parent;
    return parent === undefined ? undefined : this.#nodes.get(parent);
  }

  dispose(): void {
    clearInterval(this.#ticker);
    this.#subscriptions.dispose();
  }

  /** Draws what is not as it was: all of it when rows came or went. */
  #refresh(): void {
    const before = this.#rows;
    const { live } = this.#runtime;
    const { status, statusAt, shards } = live;
    const roots = status ? cloudRows({ status, statusAt, nowMs: Date.now(), shards }) : [];
    this.#rows = new Map(flat(roots).map((drawn) => [drawn.row.id, drawn]));
    this.#countDown(status?.replicas.some(({ breakers }) => breakers.some(({ state }) => state === 'open')) ?? false);
    if ([...before.keys()].join('\n') !== [...this.#rows.keys()].join('\n')) {
      this.#changed.fire(undefined);
      return;
    }
    const changed = [...this.#rows.values()].filter(({ row }) => face(row) !== face(before.get(row.id)!.row));
    if (changed.length > 0) this.#changed.fire(changed.map(({ row }) => this.#node(row)));
  }

  #countDown(needed: boolean): void {
    if (needed) this.#ticker ??= setInterval(() => this.#refresh(), TICK_MS);
    else {
      clearInterval(this.#ticker);
      this.#ticker = undefined;
    }
  }

  #node({ id }: CloudRow): CloudNode {
    const known = this.#nodes.get(id);
    if (known) return known;
    const breakerName = id.startsWith('breaker:') ? id.slice('breaker:'.length) : undefined;
    const node = { id, runtimeId: this.#runtime.id, breakerName };
    this.#nodes.set(id, node);
    return node;
  }
}

interface DrawnRow {
  row: CloudRow;
  parent: string | undefined;
}

function flat(rows: readonly CloudRow[], parent?: string): DrawnRow[] {
  return rows.flatMap((row) => [{ row, parent }, ...flat(row.children ?? [], row.id)]);
}

/** What is seen of a row itself; its children are compared by themselves. */
const face = ({ children: _, ...own }: CloudRow) => JSON.stringify(own);

/** Of a runtime elsewhere the menus offer nothing that is about this machine: its keys, its engine. */
function contextAt(runtimeId: RuntimeId, context: string | undefined): string | undefined {
  if (runtimeId === 'local') return context;
  if (context?.startsWith('inference:')) return 'inference';
  return context === 'serviceBus' || context === 'storage' ? undefined : context;
}

function rowItem(row: CloudRow): vscode.TreeItem {
  const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(row.label, !row.children?.length ? None : row.collapsed ? Collapsed : Expanded);
  item.description = row.description;
  item.iconPath = icon(row.icon, row.color);
  item.tooltip = [`${row.label}: ${row.description}`, ...(row.details ?? [])].join('\n');
  item.accessibilityInformation = { label: `${row.label}, ${row.description}` };
  return item;
}
