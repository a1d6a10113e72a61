import { askPanelContract } from '../../runtime/contracts/ask-panel.ts';
import { t } from '../l10n.ts';
import { openPanel } from '../ui/open-panel.ts';
import './ask.css';
import { AskView } from './ask-view.ts';
import { parseSavedState } from './saved-state.ts';

void openPanel({
  contract: askPanelContract,
  loading: () => t('Loading the exchanges'),
  async draw({ rpc, saved: state, ...parts }) {
    const opened = await rpc.request('open', {});
    new AskView({ rpc, opened, saved: parseSavedState(state), ...parts });
  },
});
