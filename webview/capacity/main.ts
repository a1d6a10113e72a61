import { capacityPanelContract } from '../../runtime/contracts/capacity-panel.ts';
import { t } from '../l10n.ts';
import { openPanel } from '../ui/open-panel.ts';
import '../ui/tables.css';
import './capacity.css';
import './tables.css';
import './results.css';
import { CapacityView } from './capacity-view.ts';
import { parseSavedState } from './saved-state.ts';

void openPanel({
  contract: capacityPanelContract,
  loading: () => t('Making the plan'),
  async draw({ rpc, saved: state, ...parts }) {
    const opened = await rpc.request('open', {});
    new CapacityView({ rpc, state: opened, saved: parseSavedState(state), ...parts });
  },
});
