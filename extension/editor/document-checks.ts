import { stat } from 'node:fs/promises';
import path from 'node:path';
import { t } from '../l10n.ts';
import type { WorkspaceFolder } from '../supervisor/workspace-folder.ts';
import type { DocumentCheck } from './document-diagnostics.ts';

/** aos.json: the same checks that the runtime makes. */
export const configCheck: DocumentCheck = {
  applies: ({ uri }) => path.basename(uri.fsPath) === 'aos.json',
  issues: async (document) => {
    const { configDiagnostics } = await import('./config-issues.ts');
    return configDiagnostics(document.getText(), path.dirname(document.uri.fsPath), fileExists);
  },
};

const CODE = new Set(['typescript', 'javascript', 'python']);

/** Code of a folder with agents: partition keys of tables that would put all data of an agent into one partition (R30). */
export const hotspotCheck = (of: Pick<WorkspaceFolder, 'workspace'>): DocumentCheck => ({
  applies: ({ languageId, uri }) => {
    const { folder, hasConfig } = of.workspace;
    return CODE.has(languageId) && hasConfig && isInside(folder, uri.fsPath);
  },
  issues: async (document) => {
    const { findHotspotPlaces } = await import('../../runtime/contracts/hotspot-source.ts');
    return findHotspotPlaces(document.getText()).map(({ offset, length }) => ({
      ...{ offset, length, severity: 'warning' as const },
      message: t(
        "The partition key is the agent's id alone: one partition would take all its data, at 2,000 entities a second at most. Add the month, e.g. agentId_yyyyMM.",
      ),
    }));
  },
});

function isInside(folder: string | undefined, file: string): boolean {
  if (folder === undefined) return false;
  const inside = path.relative(folder, file);
  return !inside.startsWith('..') && !path.isAbsolute(inside);
}

function fileExists(file: string): Promise<boolean> {
  return stat(file).then(
    (entry) => entry.isFile(),
    () => false,
  );
}
