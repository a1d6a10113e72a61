import type { FaceOf } from '../../runtime/contracts/deploy-panel.ts';
import { t } from '../l10n.ts';
import { createButton, createLink } from '../ui/button.ts';
import { h, icon } from '../ui/elements.ts';
import type { FaceContext } from './face-parts.ts';
import { failureFace } from './failure-face.ts';

/** What failed, why, Azure's words, and the ways on. */
export function createFailureNote(face: FaceOf<'failed'>, { target, actions }: FaceContext): HTMLElement {
  const { title, detail, azure, ways } = failureFace(face, target);
  const buttons = ways.map(
    ({ action, label }, index) =>
      createButton({
        ...{ label, key: `way:${action}`, appearance: index === 0 ? 'primary' : 'secondary' },
        onClick: () => actions.act(action === 'deployAgain' ? 'check' : action),
      }).element,
  );
  const created = face.during === 'deploy' && face.operations.some(({ state }) => state === 'succeeded');
  return h(
    'div',
    { class: 'note error failure', attributes: { role: 'alert' } },
    icon('error'),
    h(
      'div',
      { class: 'note-text' },
      h('strong', { text: title }),
      h('span', {
        text: created
          ? `${detail} ${t('The others are in place and stay; deploying again goes on from here.')}`
          : detail,
      }),
      azure &&
        h(
          'dl',
          { class: 'azure' },
          h('dt', { text: t('Azure says') }),
          h('dd', {}, h('code', { text: `${azure.code}: ${azure.message}` })),
          h('dt', { text: t('Resource') }),
          h(
            'dd',
            {},
            h('code', { text: azure.resourceId }),
            ' ',
            createLink({
              label: t('Copy'),
              key: 'copyId',
              onClick: () => actions.copy(`${azure.resourceId}\n${azure.code}: ${azure.message}`),
            }),
          ),
        ),
      h(
        'div',
        { class: 'ways' },
        ...buttons,
        created &&
          createLink({ label: t('Delete what was created…'), key: 'delete', onClick: () => actions.act('delete') }),
      ),
    ),
  );
}
