import { addressProblem } from '../client/runtime-address.ts';
import { t } from '../l10n.ts';
import { connectTo } from '../runtimes/connection.ts';
import type { Studio } from '../studio.ts';
import { askSteps } from './multi-step.ts';

export { disconnect } from '../runtimes/connection.ts';

/** Asks for the address of a runtime and its token, and shows it beside the local one. With both given it does not ask. */
export async function connectRuntime(studio: Studio, presetUrl: unknown, presetToken: unknown): Promise<void> {
  const given = typeof presetUrl === 'string' && typeof presetToken === 'string';
  const [address = '', token = ''] = given ? [presetUrl, presetToken] : await askForRuntime();
  const problem = addressProblem(address);
  if (problem) throw new Error(problem);
  const { origin, host } = new URL(address.trim());
  await connectTo(studio, { url: origin, name: host, sign_in: null }, token);
}

function askForRuntime(): Promise<string[]> {
  return askSteps(t('Connect to a Runtime'), [
    () => ({
      kind: 'text',
      prompt: t('Address of the runtime’s API'),
      placeholder: 'https://aos.example.com',
      check: addressProblem,
    }),
    ([address = '']) => ({
      kind: 'text',
      prompt: t('Token of {0}, kept in the keychain of this machine', new URL(address.trim()).host),
      password: true,
      check: (value) => (value === '' ? t('must not be empty') : undefined),
    }),
  ]);
}

/** Puts the runtime of a row in use. */
export function useRuntime(studio: Studio, target: unknown): void {
  studio.use(studio.runtimeOf(target).id);
}

/** Connects to the runtime elsewhere without waiting for the next try. */
export async function tryAgain(studio: Studio): Promise<void> {
  if (!studio.remote) throw new Error(t('The window is connected to no runtime elsewhere.'));
  await studio.remote.tryAgain();
}
