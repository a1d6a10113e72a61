import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { agentsIn } from '../../editor/config-places.ts';
import { t } from '../../l10n.ts';
import { CONFIG_FILE } from '../../manifest.ts';
import { fixConfig } from '../capacity/config-fix.ts';

/** Makes an adapter the agent's own, in the folder's aos.json; offers to take it back. */
export async function useAdapter(folder: string, agentId: string, adapter: string): Promise<void> {
  const agents = agentsIn(await readFile(path.join(folder, CONFIG_FILE), 'utf8'));
  const index = agents.findIndex(({ id }) => id === agentId);
  if (index < 0) {
    void vscode.window.showErrorMessage(t('{0} is not in aos.json: it was registered while the runtime ran.', agentId));
    return;
  }
  const undo = await fixConfig(folder, ['agents', index, 'adapter'], adapter);
  const chosen = await vscode.window.showInformationMessage(
    t('{0} answers with {1} from now on.', agentId, adapter),
    t('Undo'),
  );
  if (chosen !== undefined) await undo();
}
