import { type FaceOf, formatMonth } from '../../runtime/contracts/deploy-panel.ts';
import type { PlannedChange } from '../../runtime/contracts/deploy-process.ts';
import { formatCents, formatDay } from '../../runtime/contracts/figures.ts';
import { formatCount, formatPlural } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { createButton, createLink } from '../ui/button.ts';
import { createCheckbox } from '../ui/checkbox.ts';
import { h, spoken } from '../ui/elements.ts';
import { createNote } from '../ui/note.ts';
import type { FaceContext, FaceParts } from './face-parts.ts';
import { costText, countChanges, groupChanges, isNothing, shortName, signOf, sourceText } from './preview-rows.ts';

type Preview = FaceOf<'preview'>;

/** What would change, and what it costs; nothing has changed yet. */
export function previewFace(face: Preview, context: FaceContext): FaceParts {
  const { actions } = context;
  const { preview } = face;
  const counts = countChanges(preview.changes);
  const count = (kind: keyof typeof counts, sign: string, label: string) =>
    h(
      'span',
      { class: `count ${kind}` },
      h('b', { class: 'sign', text: sign }),
      h('b', { text: formatCount(counts[kind]) }),
      ` ${label}`,
    );
  const icon = (name: string, label: string, action: 'exportTemplate' | 'check') =>
    createButton({ label, appearance: 'icon', icon: name, key: action, onClick: () => actions.act(action) }).element;
  return {
    tools: [
      createLink({ label: t('Change target…'), key: 'changeTarget', onClick: () => actions.act('changeTarget') }),
      icon('json', t('Export Template…'), 'exportTemplate'),
      icon('refresh', t('Check Again'), 'check'),
    ],
    summary: [
      count('create', '+', t('create')),
      count('modify', '~', t('modify')),
      count('delete', '−', t('delete')),
      count('unchanged', '=', t('unchanged')),
      h('span', { class: 'space' }),
      h(
        'span',
        { class: 'month' },
        h('b', { text: t('{0} a month', formatMonth(preview)) }),
        ' ',
        h('span', { class: 'quiet', text: t('plus use') }),
      ),
    ],
    content: isNothing(counts)
      ? [h('p', { class: 'empty', text: t('Azure already looks like this.') })]
      : [...notesOf(preview.changes, context), table(face, actions.act)],
    footer: footerOf(preview.changes, isNothing(counts), context),
  };
}

const SHOWN_NOTES = 3;

/** First what destroys, then what surprises. */
function notesOf(changes: readonly PlannedChange[], { target }: FaceContext): HTMLElement[] {
  const deleted = changes.filter(({ change }) => change === 'delete');
  const unsupported = changes.filter(({ change }) => change === 'unsupported');
  const untouched = changes.filter(({ change }) => change === 'ignore').length;
  const notes = [
    ...deleted.map(({ name }) =>
      createNote({
        kind: 'warning',
        title: t('{0} is deleted with all that is in it.', name),
        detail: [t('The template does not name it. Set aos.deploy.mode to incremental to keep it.')],
      }),
    ),
    target?.choice.image === null &&
      target.choice.host === 'container-apps' &&
      createNote({
        kind: 'info',
        title: t('The image of the runtime is built in Azure, after its registry.'),
        detail: [t('Nothing is built on this machine.')],
      }),
    target?.choice.auth === null &&
      createNote({
        kind: 'info',
        title: t('Nobody may call the API yet: it has no application.'),
        detail: [t('Name one under Change target to connect to it later.')],
      }),
    unsupported.length > 0 &&
      createNote({
        kind: 'info',
        title: t('Azure cannot tell what becomes of {0}.', formatPlural(unsupported.length, 'resource')),
      }),
    untouched > 0 &&
      createNote({
        kind: 'info',
        title: t('{0} of this group stay as they are.', formatPlural(untouched, 'other resource')),
      }),
  ].filter((note) => note !== false && note !== undefined);
  if (notes.length <= SHOWN_NOTES) return notes;
  return [...notes.slice(0, SHOWN_NOTES), h('p', { class: 'quiet', text: t('{0} more', notes.length - SHOWN_NOTES) })];
}

function table({ preview, bases }: Preview, act: FaceContext['actions']['act']): HTMLElement {
  const head = h(
    'tr',
    {},
    ...[t('Resource'), t('What')].map((text) => h('th', { text, attributes: { scope: 'col' } })),
    h('th', { class: 'number', text: t('Monthly cost'), attributes: { scope: 'col' } }),
    h('th', { class: 'source', text: t('Source'), attributes: { scope: 'col' } }),
  );
  const bodies = groupChanges(preview.changes).map(({ label, changes }) =>
    h(
      'tbody',
      {},
      h(
        'tr',
        { class: 'group' },
        h(
          'th',
          { attributes: { scope: 'rowgroup', colspan: '4' } },
          label,
          h('span', { class: 'quiet', text: formatCount(changes.length) }),
        ),
      ),
      ...changes.flatMap((change) => rowsOf(change, bases[change.resource_id])),
    ),
  );
  const { prices_as_of, unknown_prices, month_usd } = preview;
  const prices =
    prices_as_of === null
      ? t('No prices are known.')
      : t('Prices of {0}, US dollars.', formatDay(prices_as_of.slice(0, 10)));
  const open = unknown_prices > 0 ? ` ${t('{0} unknown.', formatPlural(unknown_prices, 'price'))}` : '';
  const foot = h(
    'tfoot',
    {},
    h(
      'tr',
      {},
      h(
        'td',
        { attributes: { colspan: '2' } },
        h('b', { text: t('Total') }),
        ' ',
        h('span', { class: 'quiet', text: `${t('before what is paid by use.')} ${prices}${open}` }),
      ),
      h('td', { class: 'number' }, h('b', { text: `${unknown_prices > 0 ? '≥ ' : ''}${formatCents(month_usd)}` })),
      h(
        'td',
        { class: 'source' },
        createLink({ label: t('Assumptions'), key: 'assumptions', onClick: () => act('assumptions') }),
      ),
    ),
  );
  return h('div', { class: 'table-scroller' }, h('table', { class: 'changes' }, h('thead', {}, head), ...bodies, foot));
}

function rowsOf(change: PlannedChange, basis: Parameters<typeof costText>[1]): HTMLElement[] {
  const { sign, word } = signOf(change.change);
  const row = h(
    'tr',
    { class: change.change },
    h(
      'th',
      { attributes: { scope: 'row' } },
      h('span', { class: 'sign', text: sign, attributes: { 'aria-hidden': 'true' } }),
      spoken(`${word} `),
      shortName(change.name),
    ),
    h('td', { text: change.label }),
    h('td', { class: 'number', text: costText(change, basis) }),
    h('td', { class: 'source', text: sourceText(change, basis) }),
  );
  const properties = change.properties.map(({ path, before, after }) =>
    h(
      'tr',
      { class: 'property' },
      h(
        'td',
        { attributes: { colspan: '4' } },
        h(
          'code',
          {},
          `${path} `,
          before !== null && h('span', { class: 'old', text: before }),
          ' → ',
          after !== null && h('span', { class: 'new', text: after }),
        ),
      ),
    ),
  );
  return [row, ...properties];
}

function footerOf(
  changes: readonly PlannedChange[],
  nothing: boolean,
  { confirmed, actions }: FaceContext,
): FaceParts['footer'] {
  const text = h('span', { class: 'quiet space', text: t('Nothing changes in Azure until you press Deploy.') });
  const close = createButton({
    ...{ label: nothing ? t('Close') : t('Cancel'), appearance: 'secondary', key: 'close' },
    onClick: () => actions.act('close'),
  });
  if (nothing) return [text, close.element];
  const deleted = changes.filter(({ change }) => change === 'delete');
  const boxes = deleted.map(({ resource_id, name }) => {
    const box = createCheckbox({
      label: t('Yes, delete {0}', name),
      onChange: (checked) => actions.confirm(resource_id, checked),
    });
    box.setChecked(confirmed.includes(resource_id));
    box.element.dataset.key = `confirm:${resource_id}`;
    return box.element;
  });
  const open = deleted.filter(({ resource_id }) => !confirmed.includes(resource_id));
  const deploy = createButton({
    ...{ label: t('Deploy'), appearance: 'primary', key: 'deploy' },
    onClick: () => actions.deploy(confirmed),
  });
  deploy.setDisabled(
    open.length > 0 ? t('Tick what is deleted first: {0}.', open.map(({ name }) => name).join(', ')) : null,
  );
  return [text, ...boxes, close.element, deploy.element];
}
