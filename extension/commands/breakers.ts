import * as vscode from 'vscode';
import type { BreakerView } from '../../runtime/contracts/http.ts';
import { t } from '../l10n.ts';
import type { StudioRuntime } from '../runtimes/studio-runtime.ts';
import type { Studio } from '../studio.ts';
import { sharedBreakers } from '../views/cloud/breaker-rows.ts';
import { answered } from './register.ts';

/** Closes a breaker: the next call goes through, in every replica. */
export async function resetBreaker(studio: Studio, target: unknown): Promise<void> {
  const runtime = studio.runtimeOf(target);
  const name = toBreakerName(target) ?? (await pickBreaker(runtime, ['open', 'half_open']));
  await (await runtime.client()).changeBreaker(name, 'reset');
}

/** Opens a breaker by hand, to see what an outage does; after a question. */
export async function openBreaker(studio: Studio, target: unknown): Promise<void> {
  const runtime = studio.runtimeOf(target);
  const name = toBreakerName(target) ?? (await pickBreaker(runtime, ['closed']));
  const detail = t(
    'Every call to {0} is refused at once, as in an outage, until the breaker probes by itself or you reset it. Answers in the cache are still given.',
    name,
  );
  const question = t('Open the breaker {0}?', name);
  answered(await vscode.window.showWarningMessage(question, { modal: true, detail }, t('Open Breaker')));
  await (await runtime.client()).changeBreaker(name, 'open');
}

/** The breaker a command was called with: a name, or a row of the Cloud view. */
function toBreakerName(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  const named = target && typeof target === 'object' && 'breakerName' in target;
  return named && typeof target.breakerName === 'string' ? target.breakerName : undefined;
}

/** The only breaker in one of the states, or the one a person picks. */
async function pickBreaker({ live }: StudioRuntime, states: readonly BreakerView['state'][]): Promise<string> {
  const breakers = sharedBreakers(live.status?.replicas ?? []).filter(({ state }) => states.includes(state));
  const [first, ...others] = breakers;
  if (!first) throw new Error(states.includes('closed') ? t('No breaker is closed.') : t('No breaker is open.'));
  if (others.length === 0) return first.name;
  const names = breakers.map(({ name }) => name);
  return answered(await vscode.window.showQuickPick(names, { title: t('Breaker') }));
}
