import * as vscode from 'vscode';
import { addressProblem } from '../client/runtime-address.ts';
import { t } from '../l10n.ts';
import { settings } from '../manifest.ts';
import { onSettingChange, setting } from '../settings.ts';
import type { Studio } from '../studio.ts';
import type { Deployed } from '../studio-state.ts';

/** Whose sign-ins the API of a deployment takes. */
export interface SignIn {
  audience: string;
  tenant_id: string;
}

/** What is known of the address in `aos.connection.url` beside it. */
export interface RemoteFacts {
  url: string;
  name: string;
  /** Null: it takes the token that SecretStorage keeps for it. */
  sign_in: SignIn | null;
}

const FACTS = 'aos.connection';
/** A replica that was scaled to one has to wake up. */
const ANSWER_MS = 30_000;
const tokenKey = (url: string) => `aos.connection.token:${new URL(url).origin}`;

/** Shows the runtime that the setting `aos.connection.url` names beside the local one, and follows the setting. */
export function followConnection(studio: Studio): vscode.Disposable {
  follow(studio);
  return onSettingChange([settings.connectionUrl], () => follow(studio));
}

/**
 * Connects the window to a runtime elsewhere, and puts that in use.
 * @param token for its API, kept in the keychain then; null: sign-ins are its tokens
 * @throws RuntimeError if it does not answer or refuses the token; SignInError
 */
export async function connectTo(studio: Studio, facts: RemoteFacts, token: string | null): Promise<void> {
  const { context } = studio;
  const { url, name } = facts;
  const deployed = deployedAt(studio, facts);
  const location = { location: vscode.ProgressLocation.Window, title: t('Connecting to {0}…', name) };
  await vscode.window.withProgress(location, async () => {
    await deployed.signIn?.();
    const { RuntimeClient } = await import('../client/runtime-client.ts');
    const client = new RuntimeClient({ baseUrl: url, token: token ?? deployed.token });
    await client.status({ signal: AbortSignal.timeout(ANSWER_MS) });
  });
  if (token !== null) await context.secrets.store(tokenKey(url), token);
  await context.workspaceState.update(FACTS, facts);
  studio.setRemote(deployed);
  studio.use('remote');
  const { ConfigurationTarget, workspace } = vscode;
  const target = workspace.workspaceFolders?.length ? ConfigurationTarget.Workspace : ConfigurationTarget.Global;
  await workspace.getConfiguration('aos').update(settings.connectionUrl, url, target);
}

/** Ends the connection; the token of its address is forgotten too. */
export async function disconnect(studio: Studio): Promise<void> {
  const { context } = studio;
  const url = studio.remote?.state.deployed.url;
  studio.setRemote(undefined);
  const configuration = vscode.workspace.getConfiguration('aos');
  const { globalValue, workspaceValue } = configuration.inspect(settings.connectionUrl) ?? {};
  const { Global, Workspace } = vscode.ConfigurationTarget;
  if (workspaceValue !== undefined) await configuration.update(settings.connectionUrl, undefined, Workspace);
  if (globalValue !== undefined) await configuration.update(settings.connectionUrl, undefined, Global);
  await context.workspaceState.update(FACTS, undefined);
  if (url !== undefined) await context.secrets.delete(tokenKey(url));
}

function follow(studio: Studio): void {
  const url = setting(settings.connectionUrl).trim();
  if (url === (studio.remote?.state.deployed.url ?? '')) return;
  const problem = url === '' ? undefined : addressProblem(url);
  if (problem !== undefined) {
    const message = t('aos.connection.url cannot be used: {0}', problem);
    studio.notifications.error({ cause: `connection:${url}`, message });
  }
  studio.setRemote(url === '' || problem !== undefined ? undefined : deployedAt(studio, factsOf(studio, url)));
}

function factsOf({ context }: Studio, url: string): RemoteFacts {
  const kept = context.workspaceState.get<RemoteFacts>(FACTS);
  return kept?.url === url ? kept : { url, name: new URL(url).host, sign_in: null };
}

function deployedAt({ context }: Studio, { url, name, sign_in }: RemoteFacts): Deployed {
  if (!sign_in) return { url, name, token: () => keptToken(context, url) };
  const signedIn = async (interactive: boolean) => {
    const { azureToken } = await import('../deploy/sign-in.ts');
    const scopes = [`${sign_in.audience}/.default`];
    return (await azureToken({ scopes, tenantId: sign_in.tenant_id, interactive })).token;
  };
  return { url, name, token: () => signedIn(false), signIn: async () => void (await signedIn(true)) };
}

async function keptToken({ secrets }: vscode.ExtensionContext, url: string): Promise<string> {
  const token = await secrets.get(tokenKey(url));
  if (token === undefined)
    throw new Error(t('No token is kept for {0}. Enter it with AOS: Connect to a Runtime….', url));
  return token;
}
