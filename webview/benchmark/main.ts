import { benchmarkPanelContract } from '../../runtime/contracts/benchmark-panel.ts';
import { setBundle, t } from '../l10n.ts';
import { RpcClient } from '../rpc/client.ts';
import { getVsCodeApi, windowTransport } from '../rpc/vscode-api.ts';
import '../ui/base.css';
import { h } from '../ui/elements.ts';
import { createNote } from '../ui/note.ts';
import { createProgressRing } from '../ui/progress-ring.ts';
import './benchmark.css';
import './results.css';
import { BenchmarkView } from './benchmark-view.ts';
import { parseSavedState } from './saved-state.ts';

/** A shorter wait shows nothing: a ring that flashes up says less. */
const RING_AFTER_MS = 300;

const root = document.getElementById('root')!;
setBundle(document.body.dataset.l10n);
void open();

async function open(): Promise<void> {
  const api = getVsCodeApi();
  const onError = (error: unknown) => console.error(error);
  const rpc = new RpcClient({ contract: benchmarkPanelContract, transport: windowTransport(api), onError });
  const ring = setTimeout(
    () => root.replaceChildren(h('div', { class: 'loading' }, createProgressRing(t('Reading the results')))),
    RING_AFTER_MS,
  );
  try {
    const saved = parseSavedState(api.getState());
    const opened = await rpc.request('open', { shownId: saved.shownId });
    new BenchmarkView({ rpc, root, opened, saved, save: (next) => api.setState(next), onError });
  } catch (error) {
    onError(error);
    const detail = [error instanceof Error ? error.message : String(error)];
    const note = createNote({ kind: 'error', title: t('The panel could not be opened.'), detail });
    root.replaceChildren(h('div', { class: 'loading' }, note));
  } finally {
    clearTimeout(ring);
  }
}
