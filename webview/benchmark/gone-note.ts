import type { BenchmarkTarget } from '../../runtime/contracts/benchmark-panel.ts';
import { formatTime } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { createButton } from '../ui/button.ts';
import { createNote } from '../ui/note.ts';
import { actionLabel, type BoxAction } from './state-box-facts.ts';

/** Above a result whose runtime does not run any more; undefined while it does. */
export function createGoneNote(target: BenchmarkTarget, act: (action: BoxAction) => void): HTMLElement | undefined {
  const { kind, state, stoppedAt, problem } = target;
  if (state === 'running') return undefined;
  if (state === 'starting') return createNote({ kind: 'info', title: t('The runtime is starting.') });
  const actions = (['startRuntime', 'showLog'] as const)
    .filter((action) => action === 'showLog' || (kind === 'local' && state !== 'untrusted'))
    .map((action) =>
      createButton({
        ...{ label: actionLabel({ kind: action }, false), key: action, onClick: () => act({ kind: action }) },
        appearance: action === 'startRuntime' ? 'primary' : 'secondary',
      }),
    );
  return createNote({
    kind: state === 'failed' ? 'error' : 'warning',
    title: stoppedAt === null ? t('No runtime is running.') : t('The runtime stopped at {0}.', formatTime(stoppedAt)),
    detail: [problem ?? t('What is shown was measured before.')],
    actions,
  });
}
