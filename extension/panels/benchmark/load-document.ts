import * as vscode from 'vscode';
import type { LoadResult } from '../../../runtime/contracts/load-test.ts';
import { readOnlyDocument } from '../../read-only-documents.ts';
import type { Studio } from '../../studio.ts';
import { loadMarkdown } from './result-document.ts';

/** Shows the result of a load test as a rendered document. */
export async function showLoadResult(studio: Studio, result: LoadResult): Promise<void> {
  const name = `${result.name} ${result.started_at.slice(0, 19)}.md`;
  const document = readOnlyDocument(studio.context, name, loadMarkdown(result));
  await vscode.commands.executeCommand('markdown.showPreview', document);
}
