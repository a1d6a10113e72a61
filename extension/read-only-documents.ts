import * as vscode from 'vscode';

/** One scheme for all: VS Code asks one provider for their texts. */
const SCHEME = 'aos-text';
const texts = new Map<string, string>();
let registered = false;

/**
 * A text that can be shown and not changed, for as long as the window lives.
 * @param name of the tab; its ending is the language
 */
export function readOnlyDocument(context: vscode.ExtensionContext, name: string, text: string): vscode.Uri {
  if (!registered) {
    registered = true;
    const provideTextDocumentContent = (uri: vscode.Uri) => texts.get(uri.toString()) ?? '';
    context.subscriptions.push(
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, { provideTextDocumentContent }),
    );
  }
  const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name.replace(/[/\\:]/g, '.')}` });
  texts.set(uri.toString(), text);
  return uri;
}
