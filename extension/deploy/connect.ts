import { t } from '../l10n.ts';
import { connectTo } from '../runtimes/connection.ts';
import type { Studio } from '../studio.ts';
import { windowDeployment } from './window-deployment.ts';

/** Shows the deployed runtime beside the local one, and puts it in use. @throws Error if it has no API yet, or does not answer */
export async function connect(studio: Studio): Promise<void> {
  const { record } = windowDeployment(studio).session;
  const api = record?.result?.api;
  if (!record || !api) throw new Error(t('There is no deployed runtime to connect to yet.'));
  const { auth, resource_group } = record.target.choice;
  if (!auth)
    throw new Error(t('The deployed API has no application whose sign-ins it takes. Deploy again and name one.'));
  await connectTo(studio, { url: api, name: resource_group, sign_in: auth }, null);
}
