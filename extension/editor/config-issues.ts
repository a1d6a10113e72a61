import path from 'node:path';
import { parseConfig } from '../../runtime/contracts/config-file.ts';
import { t } from '../l10n.ts';
import { agentsIn } from './config-places.ts';
import type { EditorIssue } from './document-diagnostics.ts';

/**
 * What is wrong with the text of an aos.json: what the runtime refuses, and handlers that are not there.
 * @param folder that paths in the file are relative to
 */
export async function configDiagnostics(
  text: string,
  folder: string,
  fileExists: (file: string) => Promise<boolean>,
): Promise<EditorIssue[]> {
  const parsed = parseConfig(text);
  const errors: EditorIssue[] = parsed.ok
    ? []
    : parsed.issues.map(({ offset, length, path: where, message }) => ({
        offset,
        length: Math.max(1, length),
        message: `${where ? `${where} ` : ''}${message}`,
        severity: 'error',
      }));
  const missing = await Promise.all(
    agentsIn(text).map(async ({ id, handler, handlerOffset, handlerLength }): Promise<EditorIssue[]> => {
      if (handler === undefined || (await fileExists(path.resolve(folder, handler)))) return [];
      const message = t('The handler of {0} is not there: {1} does not exist. Its events would fail.', id, handler);
      return [{ offset: handlerOffset, length: handlerLength, message, severity: 'warning' }];
    }),
  );
  return [...errors, ...missing.flat()];
}
