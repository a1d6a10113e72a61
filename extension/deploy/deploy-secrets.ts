import path from 'node:path';
import * as vscode from 'vscode';
import type { AosConfig } from '../../runtime/contracts/config.ts';
import type { DeploymentChoice } from '../../runtime/contracts/deployment.ts';
import { type DeploymentSecret, secretsOf } from '../../runtime/deployment/secrets.ts';
import { answered } from '../commands/register.ts';
import { t } from '../l10n.ts';
import { settings } from '../manifest.ts';
import { setting } from '../settings.ts';
import { readEnvironmentFile } from '../supervisor/environment-file.ts';
import { WorkspaceSecrets } from '../supervisor/workspace-secrets.ts';

/** As `launchVariables` hands secrets to the runtime. */
const SECRET_PREFIX = 'AOS_SECRET_';

/** The secrets a deployment needs, from the keychain and the person's environment: never from a setting. */
export class DeploySecrets {
  readonly #folder: string;
  readonly #keychain: WorkspaceSecrets;
  readonly #storage: vscode.SecretStorage;

  constructor(context: vscode.ExtensionContext, folder: string) {
    this.#folder = folder;
    this.#storage = context.secrets;
    this.#keychain = new WorkspaceSecrets(context.secrets, folder);
  }

  /** Asks for those that are not known yet, and keeps them in the keychain. @throws Cancelled */
  async complete(config: AosConfig, choice: DeploymentChoice): Promise<void> {
    const known = { ...process.env, ...(await this.environment(config, choice)) };
    for (const secret of secretsOf(config, choice).filter(({ variable }) => !known[variable])) {
      const value = answered(
        await vscode.window.showInputBox({
          title: t('Deploy to Azure'),
          prompt: t(
            '{0} ({1}). It is kept in your keychain and, in Azure, in a key vault.',
            secret.description,
            secret.variable,
          ),
          password: true,
          ignoreFocusOut: true,
          validateInput: (text) => (text === '' ? t('A secret is not empty.') : undefined),
        }),
      );
      if (secret.variable.startsWith(SECRET_PREFIX))
        await this.#keychain.set(secret.variable.slice(SECRET_PREFIX.length), value);
      else await this.#storage.store(this.#key(secret), value);
    }
  }

  /** Variables for the process that deploys. */
  async environment(config: AosConfig, choice: DeploymentChoice): Promise<Record<string, string>> {
    const file = setting(settings.environmentFile, this.#folder);
    const kept = await Promise.all(
      secretsOf(config, choice).map(
        async (secret) => [secret.variable, await this.#storage.get(this.#key(secret))] as const,
      ),
    );
    return {
      ...Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
      ...(file === '' ? {} : await readEnvironmentFile(path.resolve(this.#folder, file))),
      ...(await this.#keychain.environment()),
    };
  }

  #key({ variable }: DeploymentSecret): string {
    return JSON.stringify(['aos.deploy.secret', this.#folder, variable]);
  }
}
