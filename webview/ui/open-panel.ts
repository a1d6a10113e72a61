import type { PanelContract } from '../../runtime/contracts/panel-rpc.ts';
import { setBundle, t } from '../l10n.ts';
import { RpcClient } from '../rpc/client.ts';
import { getVsCodeApi, windowTransport } from '../rpc/vscode-api.ts';
import './base.css';
import { h } from './elements.ts';
import { createNote } from './note.ts';
import { createProgressRing } from './progress-ring.ts';

/** A shorter wait shows nothing: a ring that flashes up says less. */
const RING_AFTER_MS = 300;

export interface PanelParts<C extends PanelContract> {
  rpc: RpcClient<C>;
  root: HTMLElement;
  /** What the panel saved before it was hidden or the window reloaded; undefined: nothing. */
  saved: unknown;
  save(state: unknown): void;
  onError(error: unknown): void;
}

export interface PanelEntry<C extends PanelContract> {
  contract: C;
  /** What is waited for, said beside the ring. */
  loading: () => string;
  /** Asks the host for what the panel shows, and draws it. */
  draw(parts: PanelParts<C>): Promise<void>;
}

/** The entry of every panel: draws it, a ring while that takes long, or why it cannot be opened. */
export async function openPanel<C extends PanelContract>({ contract, loading, draw }: PanelEntry<C>): Promise<void> {
  const root = document.getElementById('root')!;
  setBundle(document.body.dataset.l10n);
  const api = getVsCodeApi();
  const onError = (error: unknown) => console.error(error);
  const rpc = new RpcClient({ contract, transport: windowTransport(api), onError });
  const ring = setTimeout(
    () => root.replaceChildren(h('div', { class: 'loading' }, createProgressRing(loading()))),
    RING_AFTER_MS,
  );
  try {
    await draw({ rpc, root, saved: api.getState(), save: (state) => api.setState(state), onError });
  } catch (error) {
    onError(error);
    const detail = [error instanceof Error ? error.message : String(error)];
    const note = createNote({ kind: 'error', title: t('The panel could not be opened.'), detail });
    root.replaceChildren(h('div', { class: 'loading' }, note));
  } finally {
    clearTimeout(ring);
  }
}
