import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { aos, startRuntime, stopRuntime, until, untilAsync } from './aos.ts';

describe('aos.json in the editor', () => {
  let document: vscode.TextDocument;
  let good: string;

  before(async () => {
    await aos();
    await vscode.commands.executeCommand('aos.openConfig');
    const { activeTextEditor } = vscode.window;
    assert(activeTextEditor);
    document = activeTextEditor.document;
    good = document.getText();
  });

  after(() => vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor'));

  /** Shows `text` in the editor; it is never saved. */
  async function type(text: string): Promise<void> {
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), text);
    assert(await vscode.workspace.applyEdit(edit));
  }

  const problems = () => vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === 'AOS');

  it('opens with Open aos.json, and has no problems', async () => {
    assert.match(document.uri.path, /\/aos\.json$/);
    assert.deepEqual(problems(), []);
  });

  it('marks an adapter that does not exist, says what is meant, and forgets it when it is mended', async () => {
    await type(good.replace('"adapter": "ceo"', '"adapter": "cep"'));
    const [problem] = await until('a problem', () => problems().length > 0 && problems());
    assert.match(
      problem?.message ?? '',
      /agents\[0\]\.adapter names adapter cep, which does not exist\. Did you mean ceo\?/,
    );
    assert.equal(document.getText(problem?.range), '"cep"');
    await type(good);
    await until('no problem', () => problems().length === 0);
  });

  it('warns of a handler that is not there', async () => {
    await type(good.replace('agents/ceo.ts', 'agents/gone.ts'));
    const [problem] = await until('a warning', () => problems().length > 0 && problems());
    assert.equal(problem?.severity, vscode.DiagnosticSeverity.Warning);
    await type(good);
  });

  it('warns of a partition key that puts all data of an agent into one partition, in code of the folder', async () => {
    await vscode.commands.executeCommand('aos.agent.goToHandler', 'ceo');
    const code = vscode.window.activeTextEditor?.document;
    assert(code);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(code.uri, code.positionAt(0), 'const row = { partitionKey: event.agentId };\n');
    assert(await vscode.workspace.applyEdit(edit));
    const ours = () => vscode.languages.getDiagnostics(code.uri).filter(({ source }) => source === 'AOS');
    const [problem] = await until('a warning', () => ours().length > 0 && ours());
    assert.equal(code.getText(problem?.range), 'event.agentId');
    assert.match(problem?.message ?? '', /one partition would take all its data/);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  it('is completed from the schema that comes with the extension', async () => {
    // A schema that the file names itself goes before the one of the extension.
    const text = good.replace(/^.*"\$schema".*\n/m, '');
    await type(text);
    const at = document.positionAt(text.indexOf('"purpose"'));
    // All other properties of an agent are there already.
    await untilAsync('completions', async () => {
      const list = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        document.uri,
        at,
      );
      return list.items.some(({ label }) => (typeof label === 'string' ? label : label.label) === 'enabled');
    });
    await type(good);
  });

  const lenses = async () => {
    const found = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
    );
    return found.flatMap(({ command }) =>
      command?.command.startsWith('aos.') ? [`${command.title} ${command.arguments?.[0]}`] : [],
    );
  };

  it('has a lens to the handler, and while the runtime runs lenses to ask, send an event and benchmark', async () => {
    assert.deepEqual(await lenses(), ['Go to Handler ceo']);
    await startRuntime();
    const running = await lenses();
    assert.deepEqual(running.slice(0, 4), ['Ask ceo', 'Send Event ceo', 'Benchmark ceo', 'Go to Handler ceo']);
    assert.equal(running.length, 16);
    await stopRuntime();
  });

  it('shows an agent and opens its handler', async () => {
    await vscode.commands.executeCommand('aos.agent.goToDefinition', 'cfo');
    const { activeTextEditor } = vscode.window;
    assert.match(
      activeTextEditor?.document.lineAt((activeTextEditor?.selection.active.line ?? 0) + 1).text ?? '',
      /"cfo"/,
    );
    await vscode.commands.executeCommand('aos.agent.goToHandler', 'ceo');
    assert.match(vscode.window.activeTextEditor?.document.uri.path ?? '', /\/agents\/ceo\.ts$/);
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  });
});
