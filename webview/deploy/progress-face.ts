import { type DeployPhase, type FaceOf, formatMonth } from '../../runtime/contracts/deploy-panel.ts';
import type { Operation } from '../../runtime/contracts/deploy-process.ts';
import { formatCount, formatDuration, formatTime } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { createButton, createLink } from '../ui/button.ts';
import { h, icon } from '../ui/elements.ts';
import { createNote } from '../ui/note.ts';
import { createProgressRing } from '../ui/progress-ring.ts';
import type { FaceContext, FaceParts } from './face-parts.ts';
import { createFailureNote } from './failure-note.ts';
import { shortName } from './preview-rows.ts';
import { countOperations, ICONS, sortOperations, stateText, timeText } from './progress-rows.ts';

/** While Azure is asked what would change. */
export function checkingFace({ phase, message }: FaceOf<'checking'>, { actions }: FaceContext): FaceParts {
  const steps: [DeployPhase, string][] = [
    ['template', t('Template')],
    ['group', t('Resource group')],
    ['validate', t('Validate')],
    ['what_if', t('What-if and prices')],
  ];
  const at = steps.findIndex(([one]) => one === phase);
  const list = steps.map(([one, label], index) =>
    h(
      'li',
      { class: one === phase ? 'now' : '' },
      index < at ? icon('pass') : icon(index === at ? 'loading' : 'circle-outline', { spin: index === at }),
      label,
    ),
  );
  return {
    tools: [],
    summary: [],
    content: [
      h(
        'div',
        { class: 'checking', attributes: { role: 'status' } },
        createProgressRing(t('Asking Azure')),
        h('p', { text: t('Asking Azure what would change…') }),
        h('ol', {}, ...list),
        h('p', { class: 'quiet', text: message }),
      ),
    ],
    footer: [
      h('span', { class: 'quiet space', text: t('Nothing changes in Azure until you press Deploy.') }),
      createButton({ label: t('Cancel'), appearance: 'secondary', key: 'close', onClick: () => actions.act('close') })
        .element,
    ],
  };
}

/** A deployment or a teardown that runs. */
export function progressFace(face: FaceOf<'progress'>, { actions }: FaceContext): FaceParts {
  const { started_at, phase, message, operations, cancelling, followed } = face;
  const counts = countOperations(operations);
  const stop = createButton({
    label: t('Stop…'),
    appearance: 'secondary',
    key: 'stop',
    onClick: () => actions.act('stop'),
  });
  stop.setDisabled(cancelling ? t('Azure was asked to cancel it.') : null);
  const follow = createButton({
    label: t('Follow It'),
    appearance: 'primary',
    key: 'follow',
    onClick: () => actions.act('follow'),
  });
  const close = createButton({
    label: t('Close'),
    appearance: 'secondary',
    key: 'close',
    onClick: () => actions.act('close'),
  });
  const text = followed ? t('It goes on when you close this panel; the status bar shows it.') : '';
  return {
    tools: [startedText(started_at)],
    summary: [
      h(
        'span',
        {},
        icon('sync', { spin: followed }),
        h('b', { text: cancelling ? t('Cancelling') : phaseText(phase) }),
        followed && ` ${message}`,
      ),
      operations.length > 0 && h('span', {}, icon('pass'), t('{0} done', formatCount(counts.done))),
      operations.length > 0 && h('span', { text: t('{0} not started', formatCount(counts.waiting)) }),
      h('span', { class: 'space' }),
      ...logLinks(actions),
    ],
    content: [
      !followed &&
        createNote({
          kind: 'warning',
          title: t('Nobody waits for this deployment in this window.'),
          detail: [message || t('Azure goes on with what it has begun.')],
        }),
      operationTable(operations, phase === 'delete'),
    ],
    footer: [h('span', { class: 'quiet space', text }), close.element, followed ? stop.element : follow.element],
    progress: operations.length === 0 ? 0 : counts.done / operations.length,
  };
}

/** A check, a deployment or a teardown that failed. */
export function failedFace(face: FaceOf<'failed'>, context: FaceContext): FaceParts {
  const { actions } = context;
  const { during, started_at, ended_at, operations, cost } = face;
  const counts = countOperations(operations);
  const close = createButton({
    label: t('Close'),
    appearance: 'secondary',
    key: 'close',
    onClick: () => actions.act('close'),
  });
  const labels = { check: t('Check Again'), deploy: t('Deploy Again'), delete: t('Delete Deployment…') };
  const again = createButton({
    ...{ label: labels[during], appearance: 'secondary', key: 'again' },
    onClick: () => actions.act(during === 'delete' ? 'delete' : 'check'),
  });
  const costs =
    cost === null
      ? t('Nothing was created.')
      : t('Resources that exist cost money from now on; all of them {0} a month.', formatMonth(cost));
  const known = operations.length > 0;
  return {
    tools: [
      h('span', {
        class: 'quiet',
        text: t('started {0} · {1}', formatTime(started_at), formatDuration(ended_at - started_at, { decimals: 0 })),
      }),
    ],
    summary: [
      h(
        'span',
        { class: 'bad' },
        icon('error'),
        h('b', { text: counts.failed > 0 ? t('Stopped: {0} failed', formatCount(counts.failed)) : t('Stopped') }),
      ),
      known && h('span', {}, icon('pass'), t('{0} done', formatCount(counts.done))),
      known && h('span', { text: t('{0} not started', formatCount(counts.waiting)) }),
      h('span', { class: 'space' }),
      ...logLinks(actions),
    ],
    content: [createFailureNote(face, context), known && operationTable(operations, during === 'delete')],
    footer: [h('span', { class: 'quiet space', text: during === 'delete' ? '' : costs }), close.element, again.element],
    progress: known ? counts.done / operations.length : null,
    failed: true,
  };
}

function logLinks({ act }: FaceContext['actions']): HTMLElement[] {
  return [
    createLink({ label: t('Show log'), key: 'showLog', onClick: () => act('showLog') }),
    createLink({ label: t('Open in Azure portal'), key: 'openPortal', onClick: () => act('openPortal') }),
  ];
}

/** The time is drawn anew every second, by its data. */
function startedText(startedAt: number): HTMLElement {
  const element = h('span', { class: 'quiet since' });
  element.dataset.since = String(startedAt);
  tickSince(element, Date.now());
  return element;
}

export function tickSince(element: HTMLElement, nowMs: number): void {
  const since = Number(element.dataset.since);
  element.textContent = t(
    'started {0} · {1}',
    formatTime(since),
    formatDuration(Math.max(1000, nowMs - since), { decimals: 0 }),
  );
}

export function phaseText(phase: DeployPhase): string {
  switch (phase) {
    case 'template':
      return t('Making the template');
    case 'group':
      return t('Resource group');
    case 'validate':
      return t('Validating');
    case 'what_if':
      return t('Asking what would change');
    case 'image':
      return t('Building the image');
    case 'deploy':
      return t('Deploying');
    case 'smoke_test':
      return t('Smoke test');
    case 'delete':
      return t('Deleting');
  }
}

function operationTable(operations: readonly Operation[], deleting: boolean): HTMLElement {
  const head = h(
    'tr',
    {},
    h('td', {}),
    h('th', { text: t('Resource'), attributes: { scope: 'col' } }),
    h('th', { text: t('State'), attributes: { scope: 'col' } }),
    h('th', { class: 'number', text: t('Time'), attributes: { scope: 'col' } }),
  );
  const rows = sortOperations(operations).map((operation) =>
    h(
      'tr',
      { class: operation.state },
      h('td', { class: 'state' }, icon(ICONS[operation.state], { spin: operation.state === 'running' })),
      h(
        'th',
        { attributes: { scope: 'row' } },
        shortName(operation.name),
        h('span', { class: 'kind quiet', text: operation.label }),
      ),
      h('td', { text: stateText(operation, { deleting }) }),
      h('td', { class: 'number', text: timeText(operation) }),
    ),
  );
  return h('table', { class: 'operations' }, h('thead', {}, head), h('tbody', {}, ...rows));
}
