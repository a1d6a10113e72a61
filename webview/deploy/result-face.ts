import { type DeployAction, type DeployLink, type FaceOf, formatMonth } from '../../runtime/contracts/deploy-panel.ts';
import type { SmokeCheck } from '../../runtime/contracts/deploy-process.ts';
import { formatDuration, formatPlural, formatTime } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { createButton, createLink } from '../ui/button.ts';
import { h, icon } from '../ui/elements.ts';
import type { FaceActions, FaceContext, FaceParts } from './face-parts.ts';

type Result = FaceOf<'result'>;

/** What was deployed, where it is, whether it works, and what to do with it. */
export function resultFace(face: Result, { actions }: FaceContext): FaceParts {
  const { started_at, ended_at, links, smoke, testing } = face;
  const times = t(
    '{0} to {1} · {2}',
    formatTime(started_at),
    formatTime(ended_at),
    formatDuration(ended_at - started_at, { decimals: 0 }),
  );
  return {
    tools: [h('span', { class: 'quiet', text: times })],
    summary: [],
    content: [
      headline(face, actions),
      h('div', { class: 'cards' }, linksCard(links, actions), smokeCard(smoke, testing, actions)),
      nextCard(face, actions),
    ],
    footer: [],
  };
}

/** `Your agents run in Azure.`, or how many checks failed. */
export function headlineText({ smoke, result }: Pick<Result, 'smoke' | 'result'>): string {
  const failed = smoke.filter(({ state }) => state === 'failed').length;
  if (failed > 0) return t('Deployed, but {0} of {1} checks failed.', failed, smoke.length);
  return result.api === null ? t('Everything but the runtime is in Azure.') : t('Your agents run in Azure.');
}

function headline(face: Result, { copy, openLink }: FaceActions): HTMLElement {
  const { result, unchanged, smoke } = face;
  const facts = [
    t('{0} made', formatPlural(result.changes, 'change')),
    t('{0} unchanged', formatPlural(unchanged, 'resource')),
  ].join(', ');
  const cost = t('estimated {0} a month plus use', formatMonth(face.cost));
  const { api } = result;
  const good = !smoke.some(({ state }) => state === 'failed');
  return h(
    'div',
    { class: `headline ${good ? 'good' : 'attention'}`, attributes: { role: 'status' } },
    icon(good ? 'pass-filled' : 'warning'),
    h(
      'div',
      {},
      h('h2', { text: headlineText(face) }),
      h('div', { class: 'quiet', text: `${facts} · ${cost}` }),
      api !== null &&
        h(
          'div',
          { class: 'address' },
          createLink({ label: api, key: 'api', onClick: () => openLink(api) }),
          copyButton(api, t('Copy the Address'), copy),
        ),
    ),
  );
}

function copyButton(text: string, label: string, copy: FaceActions['copy']): HTMLElement {
  return createButton({ label, appearance: 'icon', icon: 'copy', key: `copy:${text}`, onClick: () => copy(text) })
    .element;
}

function linksCard(links: readonly DeployLink[], { act, copy, openLink }: FaceActions): HTMLElement {
  const rows = links.flatMap(({ label, text, url }) => [
    h('dt', { text: label }),
    h(
      'dd',
      {},
      createLink({ label: text, key: url, title: url, onClick: () => openLink(url) }),
      copyButton(url, t('Copy the Link to {0}', text), copy),
    ),
  ]);
  const template = createLink({ label: t('Export Template…'), key: 'template', onClick: () => act('exportTemplate') });
  return h(
    'section',
    { class: 'card' },
    h('h3', { text: t('Links') }),
    h('dl', { class: 'links' }, ...rows, h('dt', { text: t('Template') }), h('dd', {}, template)),
  );
}

const SMOKE_ICONS: Record<SmokeCheck['state'], string> = {
  waiting: 'circle-outline',
  running: 'sync',
  passed: 'pass',
  failed: 'error',
  skipped: 'circle-slash',
};

function smokeCard(smoke: readonly SmokeCheck[], testing: boolean, { act }: FaceActions): HTMLElement {
  const passed = smoke.filter(({ state }) => state === 'passed').length;
  const again = createLink({
    label: smoke.length === 0 ? t('Run') : t('Run again'),
    key: 'smokeTest',
    onClick: () => act('smokeTest'),
  });
  const rows = smoke.map((check) =>
    h(
      'li',
      { class: check.state },
      icon(check.state === 'passed' && check.message ? 'warning' : SMOKE_ICONS[check.state], {
        spin: check.state === 'running',
      }),
      h('span', { class: 'space', text: check.label }),
      h('span', { class: 'quiet', text: smokeText(check), title: check.message ?? '' }),
    ),
  );
  return h(
    'section',
    { class: 'card' },
    h(
      'h3',
      {},
      t('Smoke test'),
      h('span', {
        class: 'quiet',
        text: smoke.length === 0 ? t('not run') : t('{0} of {1} passed', passed, smoke.length),
      }),
      h('span', { class: 'space' }),
      testing ? icon('sync', { spin: true }) : again,
    ),
    h('ul', { class: 'smoke' }, ...rows),
  );
}

/** `142 ms, guide < 200 ms`; of a check that failed or was left out, why. */
export function smokeText({ state, measured_ms, target, message }: SmokeCheck): string {
  if (state === 'failed' || state === 'skipped') return message ?? (state === 'failed' ? t('failed') : t('left out'));
  const measured = measured_ms === null ? (message ?? '') : formatDuration(measured_ms);
  return target === null || measured === '' ? measured : t('{0}, guide {1}', measured, target);
}

function nextCard({ connected, result, cost }: Result, { act }: FaceActions): HTMLElement {
  const row = (
    name: string,
    text: string,
    action: DeployAction,
    label: string,
    primary = false,
    disabled: string | null = null,
  ) => {
    const button = createButton({
      label,
      appearance: primary ? 'primary' : 'secondary',
      key: action,
      onClick: () => act(action),
    });
    button.setDisabled(disabled);
    return h('li', {}, icon(name), h('span', { class: 'space', text }), button.element);
  };
  const noApi = result.api === null ? t('The runtime is not deployed yet.') : null;
  return h(
    'section',
    { class: 'card' },
    h('h3', { text: t('Next') }),
    h(
      'ul',
      { class: 'next' },
      connected
        ? row(
            'vm',
            t('The AOS views show this deployment; the local runtime goes on beside it'),
            'useLocal',
            t('Use the Local Runtime'),
          )
        : row(
            'plug',
            t('Show this deployment in the AOS views instead of the local runtime'),
            'connect',
            t('Connect'),
            true,
            noApi,
          ),
      row(
        'beaker',
        t('Run the load test of the workspace against it'),
        'loadTest',
        t('Run Load Test'),
        false,
        connected ? null : t('Connect first.'),
      ),
      row('graph-line', t('Compare a benchmark with your laptop’s'), 'benchmark', t('Open Benchmark')),
      row(
        'trash',
        t('Delete everything when you’re done: it costs {0} a month', formatMonth(cost)),
        'delete',
        t('Delete Deployment…'),
      ),
    ),
  );
}
