import * as vscode from 'vscode';
import { formatCount } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import type { Studio } from '../studio.ts';
import { sharedCache } from '../views/cloud/cache-row.ts';
import { answered } from './register.ts';

const MESSAGE_MS = 5000;

/** Forgets all answers of the response cache, after a question. @returns how many there were */
export async function clearCache(studio: Studio, target: unknown): Promise<number> {
  const runtime = studio.runtimeOf(target);
  const client = await runtime.client();
  const entries = sharedCache(runtime.live.status?.replicas ?? [])?.entries ?? 0;
  const question = entries === 1 ? t('Clear one cached answer?') : t('Clear {0} cached answers?', formatCount(entries));
  const detail = t('Every replica forgets its answers. The next prompts are answered by the model.');
  answered(await vscode.window.showWarningMessage(question, { modal: true, detail }, t('Clear')));
  const cleared = await client.clearCache();
  vscode.window.setStatusBarMessage(t('The response cache is empty.'), MESSAGE_MS);
  return cleared;
}
