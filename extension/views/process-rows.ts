import { t } from '../l10n.ts';
import type { ProcessStatus } from '../supervisor/state.ts';

/** A row of the Agents view while the runtime starts. */
export interface ProcessRow {
  id: string;
  label: string;
  description: string;
  icon: string;
}

/** `Local cloud` `ready, 0.4 s`, `Replica 1` `starting, 1.2 s`. Before the first process is known: the launcher itself. */
export function processRows(processes: readonly ProcessStatus[], sinceMs: number, nowMs: number): ProcessRow[] {
  if (processes.length === 0) {
    return [
      {
        id: 'launcher',
        label: t('Runtime'),
        description: t('starting, {0}', seconds(nowMs - sinceMs)),
        icon: 'loading~spin',
      },
    ];
  }
  return processes.map((process) => ({
    id: process.name,
    label: processLabel(process.name),
    description: describe(process, nowMs),
    icon: iconOf(process.state),
  }));
}

/** `cloud` → `Local cloud`, `replica-2` → `Replica 2`. */
export function processLabel(name: string): string {
  if (name === 'cloud') return t('Local cloud');
  return name.startsWith('replica-') ? t('Replica {0}', name.slice('replica-'.length)) : name;
}

function describe(process: ProcessStatus, nowMs: number): string {
  switch (process.state) {
    case 'starting':
      return t('starting, {0}', seconds(nowMs - process.since));
    case 'ready':
      return process.readyMs === undefined ? t('ready') : t('ready, {0}', seconds(process.readyMs));
    case 'exited':
      return t('stopped ({0})', process.exit ?? '');
    case 'restarting':
      return process.exit ? t('starts again ({0})', process.exit) : t('starts again');
  }
}

const seconds = (ms: number) => `${(Math.max(0, ms) / 1000).toFixed(1)} s`;

function iconOf(state: ProcessStatus['state']): string {
  if (state === 'ready') return 'check';
  return state === 'exited' ? 'error' : 'loading~spin';
}
