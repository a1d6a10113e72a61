import { formatTime } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { createButton, createLink } from '../ui/button.ts';
import { h } from '../ui/elements.ts';
import { createNote } from '../ui/note.ts';
import { type AskModel, examplesOf } from './model.ts';

export interface RuntimeNoteActions {
  startRuntime(): void;
  showLog(): void;
}

/** A note above the exchanges while the runtime does not run; undefined while it does. */
export function createRuntimeNote({ runtime }: AskModel, actions: RuntimeNoteActions): HTMLElement | undefined {
  if (runtime.state === 'running') return undefined;
  if (runtime.state === 'starting' || runtime.state === 'stopping') {
    const title = runtime.state === 'starting' ? t('The runtime is starting.') : t('The runtime is stopping.');
    return createNote({ kind: 'info', title });
  }
  const start = createButton({
    label: t('Start Runtime'),
    appearance: 'primary',
    key: 'start',
    onClick: actions.startRuntime,
  });
  const log = createButton({ label: t('Show Log'), appearance: 'secondary', key: 'log', onClick: actions.showLog });
  if (runtime.state === 'untrusted') {
    const detail = t('Agents run code from this folder, so AOS stays off until you trust it.');
    return createNote({ kind: 'warning', title: t('The runtime is not running.'), detail: [detail] });
  }
  return createNote({
    kind: runtime.state === 'failed' ? 'error' : 'warning',
    title: runtime.stoppedAt === null ? t('The runtime is not running.') : t('The runtime stopped.'),
    detail: [
      runtime.stoppedAt === null
        ? t('Start it to ask its agents.')
        : t('These figures are from {0}.', formatTime(runtime.stoppedAt)),
    ],
    actions: [start, log],
  });
}

/** What stands in the place of the exchanges, or of the comparisons, while there are none. */
export function createEmptyView(model: AskModel, ask: (agentId: string, prompt: string) => void): HTMLElement {
  const examples = model.runtime.state === 'running' ? examplesOf(model) : undefined;
  return h(
    'div',
    { class: 'empty' },
    h('p', { text: emptyText(model) }),
    examples &&
      h(
        'ul',
        { attributes: { 'aria-label': t('Examples') } },
        ...examples.prompts.map((prompt) =>
          h('li', {}, createLink({ label: prompt, onClick: () => ask(examples.agentId, prompt) })),
        ),
      ),
  );
}

function emptyText({ mode, runtime: { agents } }: AskModel): string {
  if (mode === 'compare') return t('Ask several adapters the same, and see their answers side by side.');
  if (agents.length === 0) return t('There are no agents to ask.');
  return agents.length === 1 ? t('Ask your agent.') : t('Ask one of your {0} agents.', agents.length);
}
