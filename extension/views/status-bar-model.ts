import type { RuntimeStatus } from '../../runtime/contracts/http.ts';
import { formatCount, formatDuration, formatPercent, formatPlural } from '../../runtime/contracts/units.ts';
import type { LiveState } from '../client/live-state.ts';
import { t } from '../l10n.ts';
import { isConnected, type StudioState } from '../studio-state.ts';
import type { ProcessStatus } from '../supervisor/state.ts';
import { cachedShare } from './agent-facts.ts';
import { processLabel } from './process-rows.ts';
import { stateWord } from './words.ts';

/** The one item of the status bar. */
export interface StatusBarFace {
  text: string;
  /** Of the whole item; attention and failure only. */
  background: 'warning' | 'error' | undefined;
  click: 'start' | 'log' | 'ask';
  /** For screen readers: the text without icons. */
  label: string;
}

/** Undefined: no item (no folder, no aos.json, not trusted). */
export function statusBarFace(state: StudioState, live: LiveState): StatusBarFace | undefined {
  switch (state.kind) {
    case 'noFolder':
    case 'noConfig':
    case 'untrusted':
      return undefined;
    case 'stopped':
      return face('circle-slash', t('AOS stopped'), 'start');
    case 'stopping':
      return face('loading~spin', t('AOS stopping'), 'log');
    case 'failed':
      return face(
        'error',
        state.failure === 'crashed' ? t('AOS stopped unexpectedly') : t('AOS did not start'),
        'log',
        'error',
      );
    case 'starting': {
      const replicas = state.processes.filter((process) => process.role === 'replica');
      const ready = replicas.filter((process) => process.state === 'ready').length;
      return face(
        'loading~spin',
        replicas.length > 0 ? t('AOS starting {0}/{1}', ready, replicas.length) : t('AOS starting'),
        'log',
      );
    }
    case 'running': {
      const worst = attention(isConnected(state) ? [] : state.processes, live);
      if (isConnected(state) && !worst) return face('cloud', connectedText(state.deployed.name, live), 'ask');
      return worst ? face('warning', `AOS ${worst}`, 'log', 'warning') : face('pulse', runningText(live), 'ask');
    }
  }
}

function face(
  icon: string,
  label: string,
  click: StatusBarFace['click'],
  background?: 'warning' | 'error',
): StatusBarFace {
  return { text: `$(${icon}) ${label}`, label, click, background };
}

function runningText(live: LiveState): string {
  const { status } = live;
  if (!status) return 'AOS';
  const p95 = status.usage.p95_ms;
  return [
    `AOS ${formatPlural(live.agents.size, 'agent')}`,
    p95 === null ? undefined : `p95 ${formatDuration(p95, { decimals: 1 })}`,
    status.engine === 'simulated' ? t('simulated') : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}

/** `AOS aos-rg · p95 1.7 s`. */
function connectedText(name: string, { status }: LiveState): string {
  const p95 = status?.usage.p95_ms ?? null;
  return p95 === null ? `AOS ${name}` : `AOS ${name} · p95 ${formatDuration(p95, { decimals: 1 })}`;
}

/** The worst thing that needs a person; undefined if all is well. */
function attention(processes: readonly ProcessStatus[], live: LiveState): string | undefined {
  const down = processes.find((process) => process.state === 'exited' || process.state === 'restarting');
  if (down) return t('{0} down', processLabel(down.name).toLowerCase());
  const open = live.status?.replicas.flatMap(({ breakers }) => breakers).find((breaker) => breaker.state === 'open');
  if (open) return t('breaker open: {0}', open.name);
  if (live.status?.config_error) return t('aos.json has an error');
  return live.problem ? t('does not answer') : undefined;
}

/** Rows of the tooltip: icon, name, value. */
export function statusBarFacts(live: LiveState): { icon: string; name: string; value: string }[] {
  const { status } = live;
  if (!status) return [];
  return [
    { icon: 'server-process', name: t('Replicas'), value: replicasText(status) },
    { icon: 'organization', name: t('Agents'), value: agentsText(live) },
    { icon: 'pulse', name: t('Answers'), value: answersText(status) },
    { icon: 'zap', name: t('Cache'), value: cacheText(status) },
    { icon: 'chip', name: t('Engine'), value: engineText(status) },
  ];
}

function replicasText({ replicas }: RuntimeStatus): string {
  const running = replicas.filter((replica) => replica.state === 'running').length;
  return t('{0} of {1} running', running, replicas.length);
}

function agentsText(live: LiveState): string {
  const agents = [...live.agents.values()];
  const parts = (['running', 'asleep', 'failed', 'stopped'] as const)
    .map((state) => ({ state, count: agents.filter((agent) => agent.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${formatCount(count)} ${stateWord(state)}`);
  return parts.length > 0 ? parts.join(' · ') : t('none');
}

function answersText({ usage }: RuntimeStatus): string {
  if (usage.requests === 0) return t('none yet');
  return [
    formatPlural(usage.requests, 'request'),
    usage.p95_ms === null ? undefined : `p95 ${formatDuration(usage.p95_ms, { decimals: 1 })}`,
    t('{0} errors', formatPercent(usage.errors / usage.requests, { decimals: 1 })),
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}

function cacheText({ usage }: RuntimeStatus): string {
  const share = cachedShare(usage);
  return share === undefined ? t('not used yet') : t('{0} hits', formatPercent(share));
}

function engineText({ engine, model, endpoint }: RuntimeStatus): string {
  return engine === 'remote' ? t('{0} at {1}', model, endpoint) : t('{0}, this machine only', engine);
}
