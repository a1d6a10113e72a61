import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { commands } from '../../extension/manifest.ts';
import { aos, extension } from './aos.ts';

describe('activation', () => {
  it('comes with a folder that has an aos.json', async () => {
    assert(extension().packageJSON.activationEvents.includes('workspaceContains:**/aos.json'));
    assert.equal((await aos()).studio.folder.workspace.hasConfig, true);
  });

  it('registers every command, and no other', async () => {
    await aos();
    const registered = (await vscode.commands.getCommands(true)).filter((id) => /^aos\.[a-z]/.test(id));
    // VS Code makes commands of its own for every view, e.g. `aos.agents.focus`.
    const own = registered.filter((id) => !/^aos\.(agents|adapters|cloud|help)\.(?!groupBy)/.test(id));
    assert.deepEqual(own.sort(), Object.values(commands).sort());
  });

  it('starts nothing: the runtime is stopped, and the status bar says so', async () => {
    const { studio, statusBar } = await aos();
    assert.equal(studio.state.kind, 'stopped');
    assert.equal(statusBar.text, '$(circle-slash) AOS stopped');
  });
});
