import path from 'node:path';
import type { BenchmarkTarget } from '../../../runtime/contracts/benchmark-panel.ts';
import type { RuntimeStatus } from '../../../runtime/contracts/http.ts';
import type { LiveState } from '../../client/live-state.ts';
import { t } from '../../l10n.ts';
import { isConnected, type StudioState } from '../../studio-state.ts';
import { compareAgents } from '../../views/agent-groups.ts';

export interface LocalParts {
  state: StudioState;
  live: LiveState;
  stoppedAt: number | null;
}

/** What the panel must know of the runtime that the window shows. */
export function localTarget({ state, live, stoppedAt }: LocalParts): BenchmarkTarget {
  const { status } = live;
  const folder = 'folder' in state ? path.basename(state.folder) : '';
  return {
    // Load that goes to a deployed runtime leaves this machine.
    kind: isConnected(state) ? 'url' : 'local',
    state: state.kind,
    stoppedAt,
    name: nameOf(state, folder),
    address: addressOf(state),
    replicas: status?.replicas.length ?? 0,
    engine: status?.engine ?? null,
    model: status?.model ?? '',
    problem: problemOf(state),
    agents: [...live.agents.values()].sort(compareAgents).map(({ agent_id }) => agent_id),
  };
}

/** While a deployed runtime stands in the place of the local one, that is what is measured. */
function nameOf(state: StudioState, folder: string): string {
  if (isConnected(state)) return state.deployed.name;
  return folder === '' ? t('Local runtime') : t('Local runtime · {0}', folder);
}

function addressOf(state: StudioState): string {
  if (isConnected(state)) return hostOf(state.deployed.url);
  return state.kind === 'running' ? hostOf(state.ready.http) : '';
}

function problemOf(state: StudioState): string | null {
  if (state.kind === 'failed') return state.message;
  if (!('processes' in state)) return null;
  const down = state.processes.find(({ exit }) => exit !== undefined);
  return down ? `${down.name}: ${down.exit}` : null;
}

/** A runtime at an address that a person has entered; undefined status: it does not answer. */
export function urlTarget(
  url: string,
  answer: { status: RuntimeStatus; agents: string[] } | undefined,
): BenchmarkTarget {
  return {
    kind: 'url',
    state: answer ? 'running' : 'failed',
    stoppedAt: null,
    name: hostOf(url),
    address: url,
    replicas: answer?.status.replicas.length ?? 0,
    engine: answer?.status.engine ?? null,
    model: answer?.status.model ?? '',
    problem: answer ? null : t('Nothing answers at {0}, or it does not take the token.', url),
    agents: answer?.agents ?? [],
  };
}

const hostOf = (url: string) => new URL(url).host;
