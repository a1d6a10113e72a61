import * as vscode from 'vscode';
import { t } from '../l10n.ts';
import { type AccessToken, expiryOf } from './access-token.ts';
import { type SignInCloud, signInCloud } from './azure-cloud.ts';

export interface TokenRequest {
  scopes: readonly string[];
  /** Null: the account's own. */
  tenantId: string | null;
  /** A person waits for it and may be asked; else only an account that has agreed before is used. */
  interactive: boolean;
}

/** Nobody is signed in, or the person has refused. */
export class SignInError extends Error {
  override readonly name = 'SignInError';
}

/** The cloud of the person's settings. @throws Error if they cannot be used */
export function currentCloud(): SignInCloud {
  const configuration = vscode.workspace.getConfiguration('microsoft-sovereign-cloud');
  return signInCloud({
    environment: configuration.get<string>('environment'),
    customEnvironment: configuration.get('customEnvironment'),
  });
}

/**
 * A token of VS Code's Microsoft account; VS Code keeps and renews it.
 * @throws SignInError
 */
export async function azureToken({ scopes, tenantId, interactive }: TokenRequest): Promise<AccessToken> {
  const { provider, cloud } = currentCloud();
  const wanted = tenantId === null ? scopes : [...scopes, `VSCODE_TENANT:${tenantId}`];
  const options = interactive ? { createIfNone: true } : { silent: true };
  const session = await vscode.authentication.getSession(provider, wanted, options).then(
    (found) => found,
    (cause: unknown) => {
      throw new SignInError(t('Sign-in to {0} was cancelled.', cloud.name), { cause });
    },
  );
  if (!session)
    throw new SignInError(t('You are not signed in to {0}. Sign in with AOS: Sign In to Azure.', cloud.name));
  return { token: session.accessToken, expiresAtMs: expiryOf(session.accessToken, Date.now()) };
}
