import * as vscode from 'vscode';
import { MAX_COMPARED } from '../../runtime/contracts/ask-panel.ts';
import type { AdapterAction, AdapterView } from '../../runtime/contracts/http.ts';
import type { AdapterWorkState } from '../adapter-work.ts';
import { messageOf } from '../client/runtime-error.ts';
import { t } from '../l10n.ts';
import { openAsk } from '../panels/ask/ask-panel.ts';
import type { StudioRuntime } from '../runtimes/studio-runtime.ts';
import type { Studio } from '../studio.ts';
import { type AdapterPlace, adapterDescription, placeOf } from '../views/adapter-groups.ts';
import { answered } from './register.ts';

/** Where an adapter must be for an action to change something, and what the row says meanwhile. */
const RULES: Record<AdapterAction, { from: readonly AdapterPlace[]; work?: AdapterWorkState }> = {
  load: { from: ['disk', 'registered'], work: { kind: 'loading' } },
  unload: { from: ['loaded', 'registered'], work: { kind: 'unloading' } },
  pin: { from: ['loaded', 'disk', 'registered'], work: { kind: 'loading' } },
  unpin: { from: ['pinned'] },
};

/**
 * Loads, unloads, pins or unpins an adapter. While the endpoint works on it, and when it refuses, the adapter's row says so.
 * @returns the adapter as it is then
 */
export async function changeAdapter(studio: Studio, action: AdapterAction, target: unknown): Promise<AdapterView> {
  const { from, work } = RULES[action];
  const runtime = studio.runtimeOf(target);
  const name = toAdapterName(target) ?? (await pickAdapter(runtime, from));
  const client = await runtime.client();
  runtime.adapterWork.set(name, work);
  try {
    const changed = await client.changeAdapter(name, action);
    runtime.adapterWork.set(name, undefined);
    return changed;
  } catch (error) {
    const reason = messageOf(error);
    runtime.adapterWork.set(name, { kind: 'refused', reason });
    throw error;
  }
}

/** Opens Ask with the adapter beside the base model: what it changes is seen at once. Its runtime is in use from then on. */
export async function tryAdapter(studio: Studio, target: unknown): Promise<void> {
  const runtime = studio.runtimeOf(target);
  const name = toAdapterName(target) ?? (await pickAdapter(runtime, ['pinned', 'loaded', 'registered', 'disk']));
  studio.use(runtime.id);
  await openAsk(studio, { adapters: [name, null] });
}

/** Opens Ask with the chosen adapters side by side; asks which, with the row's own chosen already. */
export async function compareAdapters(studio: Studio, target: unknown): Promise<void> {
  const baseModel = { label: t('base model'), description: t('no adapter'), name: null };
  const runtime = studio.runtimeOf(target);
  const first = toAdapterName(target);
  const items = [...listed(runtime).map((adapter) => ({ ...adapterItem(adapter), name: adapter.name })), baseModel];
  const chosen = answered(
    await vscode.window.showQuickPick(
      items.map((item) => ({ ...item, picked: item.name === first })),
      {
        title: t('Compare Adapters'),
        placeHolder: t('Two to {0} of them, side by side', MAX_COMPARED),
        canPickMany: true,
        matchOnDescription: true,
      },
    ),
  );
  if (chosen.length < 2 || chosen.length > MAX_COMPARED) {
    throw new Error(t('Two to {0} adapters can be compared; {1} were chosen.', MAX_COMPARED, chosen.length));
  }
  studio.use(runtime.id);
  await openAsk(studio, { adapters: chosen.map(({ name }) => name) });
}

/** The adapter a command was called with: a name (tests, other extensions) or a row of the tree. */
function toAdapterName(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  const named =
    target && typeof target === 'object' && 'kind' in target && target.kind === 'adapter' && 'name' in target;
  return named && typeof target.name === 'string' ? target.name : undefined;
}

async function pickAdapter(runtime: StudioRuntime, places: readonly AdapterPlace[]): Promise<string> {
  const adapters = listed(runtime).filter((adapter) => places.includes(placeOf(adapter)));
  if (adapters.length === 0) throw new Error(t('There is no adapter this can be done with.'));
  const chosen = await vscode.window.showQuickPick(adapters.map(adapterItem), {
    title: t('Adapter'),
    matchOnDescription: true,
  });
  return answered(chosen).label;
}

function listed({ live }: StudioRuntime): AdapterView[] {
  return [...live.adapters.values()].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

const adapterItem = (adapter: AdapterView) => ({ label: adapter.name, description: adapterDescription(adapter) });
