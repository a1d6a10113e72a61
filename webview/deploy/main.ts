import { deployPanelContract } from '../../runtime/contracts/deploy-panel.ts';
import { t } from '../l10n.ts';
import { openPanel } from '../ui/open-panel.ts';
import './deploy.css';
import { DeployView } from './deploy-view.ts';
import { parseSavedState } from './saved-state.ts';

void openPanel({
  contract: deployPanelContract,
  loading: () => t('Asking Azure'),
  async draw({ rpc, saved: state, ...parts }) {
    const opened = await rpc.request('open', {});
    new DeployView({ rpc, state: opened, saved: parseSavedState(state), ...parts });
  },
});
