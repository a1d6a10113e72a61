import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

export interface WebviewPage {
  webview: vscode.Webview;
  extensionUri: vscode.Uri;
  /** Name of the panel's bundle: `dist/webview/<name>.js` and `.css`. */
  name: string;
  title: string;
}

/** Where a panel's files are; the only place its webview may load from. */
export function webviewRoot(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
}

/** The page of a panel: no inline code, no inline styles, nothing from the network. */
export function webviewHtml({ webview, extensionUri, name, title }: WebviewPage): string {
  const nonce = randomBytes(16).toString('base64');
  const file = (path: string) => webview.asWebviewUri(vscode.Uri.joinPath(webviewRoot(extensionUri), path)).toString();
  const policy = [
    `default-src 'none'`,
    `style-src ${webview.cspSource}`,
    `script-src 'nonce-${nonce}'`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${escapeHtml(vscode.env.language)}">
<head>
  <meta charset="UTF-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <link rel="stylesheet" href="${file('codicon.css')}">
  <link rel="stylesheet" href="${file(`${name}.css`)}">
  <title>${escapeHtml(title)}</title>
</head>
<body data-l10n="${escapeHtml(JSON.stringify(vscode.l10n.bundle ?? {}))}">
  <div id="root"></div>
  <script type="module" nonce="${nonce}" src="${file(`${name}.js`)}"></script>
</body>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
