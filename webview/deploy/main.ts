import { deployPanelContract } from '../../runtime/contracts/deploy-panel.ts';
import { setBundle, t } from '../l10n.ts';
import { RpcClient } from '../rpc/client.ts';
import { getVsCodeApi, windowTransport } from '../rpc/vscode-api.ts';
import '../ui/base.css';
import { h } from '../ui/elements.ts';
import { createNote } from '../ui/note.ts';
import './deploy.css';
import { DeployView } from './deploy-view.ts';
import { parseSavedState } from './saved-state.ts';

const root = document.getElementById('root')!;
setBundle(document.body.dataset.l10n);
void open();

async function open(): Promise<void> {
  const api = getVsCodeApi();
  const onError = (error: unknown) => console.error(error);
  const rpc = new RpcClient({ contract: deployPanelContract, transport: windowTransport(api), onError });
  try {
    const state = await rpc.request('open', {});
    const saved = parseSavedState(api.getState());
    new DeployView({ rpc, root, state, saved, save: (next) => api.setState(next), onError });
  } catch (error) {
    onError(error);
    const detail = [error instanceof Error ? error.message : String(error)];
    const note = createNote({ kind: 'error', title: t('The panel could not be opened.'), detail });
    root.replaceChildren(h('div', { class: 'loading' }, note));
  }
}
