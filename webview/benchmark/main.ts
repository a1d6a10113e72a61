import { benchmarkPanelContract } from '../../runtime/contracts/benchmark-panel.ts';
import { t } from '../l10n.ts';
import { openPanel } from '../ui/open-panel.ts';
import '../ui/tables.css';
import './benchmark.css';
import './results.css';
import { BenchmarkView } from './benchmark-view.ts';
import { parseSavedState } from './saved-state.ts';

void openPanel({
  contract: benchmarkPanelContract,
  loading: () => t('Reading the results'),
  async draw({ rpc, saved: state, ...parts }) {
    const saved = parseSavedState(state);
    const opened = await rpc.request('open', { shownId: saved.shownId });
    new BenchmarkView({ rpc, opened, saved, ...parts });
  },
});
