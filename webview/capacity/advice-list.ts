import { formatDollars } from '../../runtime/contracts/figures.ts';
import type { ShownCheck, ShownPlan } from '../../runtime/contracts/shown-plan.ts';
import { t } from '../l10n.ts';
import { createButton, createLink } from '../ui/button.ts';
import { h, icon } from '../ui/elements.ts';
import { createNote } from '../ui/note.ts';
import { columnHead } from './headline.ts';

export type ApplyFix = (check: string) => void;

export const isOpen = ({ verdict }: ShownCheck) => verdict === 'misses' || verdict === 'unsure';

/** What makes a plan impossible: the first of it is the one that is told first. */
export function blockingOf({ checks }: ShownPlan): { first: ShownCheck | undefined; more: number } {
  const blocking = checks.filter((check) => check.blocking && isOpen(check));
  return { first: blocking[0], more: Math.max(0, blocking.length - 1) };
}

/** The error that stands above all else; undefined if the plan can work. */
export function createBlockingNote(plan: ShownPlan, apply: ApplyFix): HTMLElement | undefined {
  const { first, more } = blockingOf(plan);
  if (!first) return undefined;
  const also = more > 0 ? ` ${t('And {0} more, under Advice.', more)}` : '';
  const { fix } = first;
  const isButton = fix && fix.kind !== 'advice';
  return createNote({
    ...{ kind: 'error', title: first.finding },
    detail: [`${first.why}${also}`, ...(fix && !isButton ? [h('br'), `→ ${fix.label}.`] : [])],
    actions: isButton
      ? [
          createButton({
            ...{ label: fix.label, appearance: 'primary', key: `fix:${first.id}` },
            onClick: () => apply(first.id),
          }),
        ]
      : [],
  });
}

/** All findings but the first blocking one, each with one fix. */
export function createAdvice(plan: ShownPlan, apply: ApplyFix): HTMLElement {
  const { first } = blockingOf(plan);
  const open = plan.checks.filter((check) => isOpen(check) && check !== first);
  return h(
    'section',
    {},
    h(
      'h2',
      {},
      t('Advice'),
      h('span', { class: 'small', text: first ? t('{0} more', open.length) : String(open.length) }),
    ),
    open.length === 0
      ? h('p', { class: 'quiet-text', text: t('Nothing to change.') })
      : h('ul', { class: 'advice' }, ...open.map((check) => adviceItem(check, apply))),
  );
}

function adviceItem({ id, severity, finding, why, saving, fix }: ShownCheck, apply: ApplyFix): HTMLElement {
  const word = { error: t('Error'), warning: t('Warning'), lightbulb: t('Saving'), info: t('Note') }[severity];
  const sign = icon(severity);
  sign.classList.add(severity);
  return h(
    'li',
    {},
    h('span', { title: word }, sign, h('span', { class: 'spoken', text: word })),
    h(
      'div',
      { class: 'advice-text' },
      h('strong', { text: finding.replace(/\.$/, '') }),
      why !== '' && h('div', { class: 'quiet-text', text: why }),
      fix?.kind === 'advice' && h('div', { class: 'quiet-text', text: `→ ${fix.label}.` }),
    ),
    h('span', { class: 'number strong', text: saving === null ? '' : `−${formatDollars(saving)}` }),
    fix &&
      fix.kind !== 'advice' &&
      createButton({
        ...{ label: fix.label, appearance: 'secondary', key: `fix:${id}` },
        onClick: () => apply(id),
      }).element,
  );
}

/** The guide's eight best practices and how the plan stands to each; the fix of what is only unmeasured is not in Advice. */
export function createPractices({ checks }: ShownPlan, apply: ApplyFix): { title: string; content: HTMLElement } {
  const practices = checks.filter(({ practice }) => practice !== null).sort((a, b) => a.practice! - b.practice!);
  const met = practices.filter(({ verdict }) => verdict === 'meets').length;
  return {
    title: t('Best practices of the guide: {0} of {1} met', met, practices.length),
    content: h(
      'table',
      { class: 'practices' },
      h(
        'thead',
        {},
        h('tr', {}, ...[t('Practice'), t('Verdict'), t('Finding')].map((text) => columnHead(text, 'text'))),
      ),
      h(
        'tbody',
        {},
        ...practices.map(({ id, practice, title, verdict, finding, fix }) =>
          h(
            'tr',
            {},
            h('th', { text: `${practice}. ${title}`, attributes: { scope: 'row' } }),
            h('td', { class: 'verdict' }, icon(verdictIcons[verdict]), verdictWord(verdict)),
            h(
              'td',
              { class: 'quiet-text' },
              `${finding} `,
              verdict === 'not measured' &&
                fix &&
                createLink({ label: fix.label, key: `measure:${id}`, onClick: () => apply(id) }),
            ),
          ),
        ),
      ),
    ),
  };
}

const verdictIcons = {
  meets: 'pass',
  misses: 'error',
  unsure: 'question',
  'not measured': 'circle-slash',
} as const;

function verdictWord(verdict: ShownCheck['verdict']): string {
  return {
    meets: t('meets'),
    misses: t('misses'),
    unsure: t('unsure'),
    'not measured': t('not measured'),
  }[verdict];
}
