import { RuntimeClient } from '../client/runtime-client.ts';
import { t } from '../l10n.ts';
import type { Studio } from '../studio.ts';
import type { Deployed } from '../studio-state.ts';
import { azureToken } from './sign-in.ts';
import { windowDeployment } from './window-deployment.ts';

/** Shows the deployed runtime in the AOS views. @throws Error if it has no API yet, or does not answer */
export async function connect(studio: Studio): Promise<void> {
  const { record } = windowDeployment(studio).session;
  const api = record?.result?.api;
  if (!record || !api) throw new Error(t('There is no deployed runtime to connect to yet.'));
  const { auth, resource_group } = record.target.choice;
  if (!auth)
    throw new Error(t('The deployed API has no application whose sign-ins it takes. Deploy again and name one.'));
  const scopes = [`${auth.audience}/.default`];
  // What was agreed to once is renewed without a question.
  const token = async (interactive: boolean) =>
    (await azureToken({ scopes, tenantId: auth.tenant_id, interactive })).token;
  await token(true);
  const deployed: Deployed = { name: resource_group, url: api, token: () => token(false) };
  await new RuntimeClient({ baseUrl: api, token: deployed.token }).status({ signal: AbortSignal.timeout(ANSWER_MS) });
  studio.show(deployed);
}

/** A replica that was scaled to one has to wake up. */
const ANSWER_MS = 30_000;
