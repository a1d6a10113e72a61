/**
 * Signs in to the stand-in for Azure: an account that is there from the start, whose tokens are in the file AOS_TEST_TOKENS,
 * by scope. A scope it does not name gets the token of `*`.
 */
const { readFileSync } = require('node:fs');
const vscode = require('vscode');

/** @type {import('vscode').EventEmitter<import('vscode').AuthenticationProviderAuthenticationSessionsChangeEvent>} */
const changed = new vscode.EventEmitter();
const account = { id: 'ada', label: 'ada@contoso.com' };

/** @param {readonly string[]} scopes */
function sessionFor(scopes) {
  const tokens = JSON.parse(readFileSync(process.env.AOS_TEST_TOKENS ?? '', 'utf8'));
  const scope = scopes.find((one) => !one.startsWith('VSCODE_')) ?? '*';
  return { id: scopes.join(' '), accessToken: tokens[scope] ?? tokens['*'], account, scopes: [...scopes] };
}

/** @param {import('vscode').ExtensionContext} context */
exports.activate = (context) => {
  /** @type {import('vscode').AuthenticationProvider} */
  const provider = {
    onDidChangeSessions: changed.event,
    getSessions: async (scopes) => (scopes ? [sessionFor(scopes)] : []),
    createSession: async (scopes) => sessionFor(scopes),
    removeSession: async () => undefined,
  };
  context.subscriptions.push(
    changed,
    vscode.authentication.registerAuthenticationProvider(
      'microsoft-sovereign-cloud',
      'Microsoft Sovereign Cloud',
      provider,
    ),
  );
};
