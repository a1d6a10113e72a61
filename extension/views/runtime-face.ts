import type { LiveState } from '../client/live-state.ts';
import { isRuntimeError } from '../client/runtime-error.ts';
import { t } from '../l10n.ts';
import { commands } from '../manifest.ts';
import type { RuntimeId } from '../runtimes/studio-runtime.ts';
import { type ConnectedState, isConnected, type StudioState } from '../studio-state.ts';
import type { RuntimeState } from '../supervisor/state.ts';

export interface RuntimeParts {
  id: RuntimeId;
  state: StudioState;
  live: LiveState;
}

/** A runtime's row above its own rows, where a view shows two runtimes. */
export interface RuntimeFace {
  label: string;
  description: string;
  icon: string;
  /** Theme color of the icon. */
  color: string | undefined;
  /** For menus: `runtime:<inUse|beside>:<local|remote>:<state>`. */
  context: string;
  /** All that is known of it, one line each. */
  details: readonly string[];
}

/** What stands below a runtime that has no rows: why, and the way on. */
export interface RuntimeHint {
  label: string;
  description: string;
  icon: string;
  command?: string;
}

/** @param inUse status bar, panels and palette are about it */
export function runtimeFace({ id, state, live }: RuntimeParts, inUse: boolean): RuntimeFace {
  const face = isConnected(state) ? remoteFace(state, live) : localFace(state);
  return {
    ...face,
    color: colorOf(face.state, inUse),
    description: inUse ? `${face.description} · ${t('in use')}` : face.description,
    context: `runtime:${inUse ? 'inUse' : 'beside'}:${id}:${face.state}`,
  };
}

function colorOf(state: string, inUse: boolean): string | undefined {
  if (state === 'failed') return 'testing.iconFailed';
  if (state === 'lost') return 'list.warningForeground';
  return inUse ? 'charts.green' : undefined;
}

function localFace(state: RuntimeState) {
  return {
    label: t('Local'),
    description: `${localWord(state.kind)} · ${t('this machine')}`,
    icon: 'vm',
    state: state.kind,
    details: [
      ...('folder' in state ? [state.folder] : []),
      ...(state.kind === 'running' ? [state.ready.http] : []),
      ...(state.kind === 'failed' ? [state.message] : []),
    ],
  };
}

function localWord(kind: RuntimeState['kind']): string {
  switch (kind) {
    case 'starting':
      return t('starting');
    case 'running':
      return t('running');
    case 'stopping':
      return t('stopping');
    case 'failed':
      return t('failed');
    default:
      return t('stopped');
  }
}

function remoteFace({ deployed }: ConnectedState, live: LiveState) {
  const { word, state } = linkOf(live);
  return {
    label: deployed.name,
    description: deployed.signIn ? `Azure · ${word}` : word,
    icon: 'cloud',
    state,
    details: [deployed.url, ...(live.problem ? [live.problem.message] : [])],
  };
}

function linkOf({ connected, problem }: LiveState): { word: string; state: 'connected' | 'connecting' | 'lost' } {
  if (connected) return { word: t('connected'), state: 'connected' };
  if (!problem) return { word: t('connecting'), state: 'connecting' };
  // Else it is not the runtime that fails: nobody is signed in, or the token is refused.
  const silent = isRuntimeError(problem) && problem.code === 'AOS_NOT_RUNNING';
  return { word: silent ? t('does not answer') : t('not connected'), state: 'lost' };
}

export function runtimeHint({ state, live }: RuntimeParts): RuntimeHint {
  const waiting = (label: string) => ({ label, description: '', icon: 'loading~spin' });
  if (isConnected(state) && live.problem) {
    const { message } = live.problem;
    return { label: t('Try Again'), description: message, icon: 'refresh', command: commands.connectionTryAgain };
  }
  switch (state.kind) {
    case 'running':
      return live.status ? { label: t('Nothing yet'), description: '', icon: 'dash' } : waiting(t('connecting'));
    case 'starting':
    case 'stopping':
      return waiting(localWord(state.kind));
    default: {
      const description = state.kind === 'failed' ? state.message : '';
      return { label: t('Start Runtime'), description, icon: 'play', command: commands.start };
    }
  }
}
