import * as vscode from 'vscode';
import type { BenchmarkTarget } from '../../../runtime/contracts/benchmark-panel.ts';
import { isLoopback } from '../../client/runtime-address.ts';
import { RuntimeClient } from '../../client/runtime-client.ts';
import { RuntimeError } from '../../client/runtime-error.ts';
import { answered } from '../../commands/register.ts';
import { t } from '../../l10n.ts';
import type { Studio } from '../../studio.ts';
import { isConnected } from '../../studio-state.ts';
import type { JobTarget } from './benchmark-loads.ts';
import { localTarget, urlTarget } from './benchmark-target.ts';

/** Of the addresses that were entered in this workspace; their tokens are in SecretStorage. */
const KNOWN_URLS = 'aos.benchmark.urls';
const tokenKey = (url: string) => `aos.benchmark.token:${url}`;

/** Which runtime is measured: the window's own, or one at an address that a person has entered. */
export class TargetChoice {
  readonly #studio: Studio;
  /** Null: the window's own. */
  #url: string | null = null;
  #answer: Parameters<typeof urlTarget>[1];

  constructor(studio: Studio) {
    this.#studio = studio;
  }

  get view(): BenchmarkTarget {
    return this.#url === null ? localTarget(this.#studio) : urlTarget(this.#url, this.#answer);
  }

  /** Whether it is the runtime of the window. */
  get isOwn(): boolean {
    return this.#url === null;
  }

  /** @throws RuntimeError AOS_NOT_RUNNING */
  async client(): Promise<RuntimeClient> {
    if (this.#url === null) return this.#studio.client();
    return new RuntimeClient({ baseUrl: this.#url, token: await this.#token(this.#url) });
  }

  /** @throws RuntimeError AOS_NOT_RUNNING */
  async forJob(): Promise<JobTarget> {
    if (this.#url !== null) {
      return { target: { url: this.#url, token: await this.#token(this.#url) }, services: null, folder: null };
    }
    const { state } = this.#studio;
    if (state.kind !== 'running')
      throw new RuntimeError('AOS_NOT_RUNNING', t('The runtime is not running. Start it with AOS: Start Runtime.'));
    if (isConnected(state)) {
      const { url, token } = state.deployed;
      return { target: { url, token: await token() }, services: null, folder: null };
    }
    const { http: url, token, serviceBus, storage } = state.ready;
    return { target: { url, token }, services: { serviceBus, storage }, folder: state.folder };
  }

  /** Asks before load goes to a machine that is not this one. @throws Cancelled */
  async confirmLoad(what: string): Promise<void> {
    const { state } = this.#studio;
    const url = this.#url ?? (isConnected(state) ? state.deployed.url : null);
    if (url !== null) await confirmOrigin(url, what);
  }

  /** Asks which runtime to measure. @throws Cancelled */
  async pick(): Promise<void> {
    const local = localTarget(this.#studio);
    const known = this.#studio.context.workspaceState.get<string[]>(KNOWN_URLS, []);
    const items: (vscode.QuickPickItem & { url: string | null | undefined })[] = [
      {
        label: `$(${local.kind === 'local' ? 'vm' : 'cloud'}) ${local.name}`,
        description: local.address || t('not running'),
        url: null,
      },
      ...known.map((url) => ({ label: `$(cloud) ${new URL(url).host}`, description: url, url })),
      { label: '', kind: vscode.QuickPickItemKind.Separator, url: undefined },
      { label: `$(link) ${t('Enter URL…')}`, url: undefined },
    ];
    const chosen = answered(await vscode.window.showQuickPick(items, { title: t('Which runtime to measure') }));
    this.#url = chosen.url === undefined ? await this.#enter(known) : chosen.url;
    await this.refresh();
  }

  /** Asks the runtime at the address what it is. */
  async refresh(): Promise<void> {
    if (this.#url === null) return;
    try {
      const client = await this.client();
      const [status, agents] = await Promise.all([client.status(), client.agents()]);
      this.#answer = { status, agents: agents.map(({ agent_id }) => agent_id) };
    } catch (error) {
      this.#answer = undefined;
      this.#studio.log.error('benchmark', `${this.#url} does not answer`, error);
    }
  }

  async #enter(known: readonly string[]): Promise<string> {
    const { context } = this.#studio;
    const entered = answered(
      await vscode.window.showInputBox({
        title: t('Address of a Runtime'),
        placeHolder: 'https://…',
        validateInput: (text) =>
          /^https?:$/.test(URL.parse(text)?.protocol ?? '')
            ? undefined
            : t('An address begins with http:// or https://.'),
      }),
    );
    const { origin } = new URL(entered);
    const token = answered(
      await vscode.window.showInputBox({ title: t('Token of {0}', origin), password: true, ignoreFocusOut: true }),
    );
    await context.secrets.store(tokenKey(origin), token);
    await context.workspaceState.update(KNOWN_URLS, [...new Set([origin, ...known])]);
    return origin;
  }

  async #token(url: string): Promise<string> {
    return (await this.#studio.context.secrets.get(tokenKey(url))) ?? '';
  }
}

/**
 * Asks before load goes to an origin that is not this machine; of this machine nobody is asked.
 * @throws Cancelled
 */
export async function confirmOrigin(origin: string, what: string): Promise<void> {
  if (isLoopback(origin)) return;
  const chosen = await vscode.window.showWarningMessage(
    t('Send load to {0}?', origin),
    {
      modal: true,
      detail: t(
        '{0} This is not your machine: load can cost money and can stop others from working. Go on only if it is yours and may be loaded.',
        what,
      ),
    },
    t('Send Load'),
  );
  answered(chosen);
}
