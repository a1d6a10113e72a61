import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentRow, declineStart } from './aos-window.ts';
import { ROOT, VsCodeWindow } from './support/vscode.ts';

const BOARDROOM = path.join(ROOT, 'examples/boardroom');
const WINDOW_MS = 60_000;

describe('what the Agents view says when there are no agents to show', () => {
  let folder: string;
  let window: VsCodeWindow | undefined;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'aosws-'));
  });
  afterEach(async () => {
    await window?.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  async function open(name: string, workspace?: string): Promise<VsCodeWindow> {
    window = await VsCodeWindow.open({ name: `state-${name}`, ...(workspace ? { workspace } : {}) });
    await window.showAos();
    return window;
  }

  /** Text of the Agents view, buttons and links included. */
  async function welcome({ page }: VsCodeWindow, begins: string): Promise<string> {
    const view = page.locator('.pane-body .welcome-view-content', { hasText: begins });
    await view.waitFor({ timeout: WINDOW_MS });
    return (await view.allInnerTexts()).join(' ').replace(/\s+/g, ' ');
  }

  it('no folder: offers to open one, or the example', async () => {
    const opened = await open('no-folder');
    expect(await welcome(opened, 'Open a folder')).toBe(
      'Open a folder to run AOS agents in it. Open Folder Or try the boardroom example: five C-suite agents, nothing to install.',
    );
    expect(await opened.statusBar('AOS').count()).toBe(0);
    await opened.screenshot('view');
  });

  it('no aos.json: makes one that can be started', async () => {
    const opened = await open('no-config', folder);
    const none = 'This folder has no aos.json. Create aos.json Coming from Python AOS? Import its agents.';
    expect(await welcome(opened, 'This folder')).toBe(none);
    await opened.screenshot('view');
    await importPythonAos(opened);
    expect(await welcome(opened, 'Coming from')).toBe(none);
    await opened.page.locator('.monaco-button', { hasText: 'Create aos.json' }).click();
    await opened.page.locator('.tab.active', { hasText: 'aos.json' }).waitFor();
    await opened.statusBar('AOS stopped').waitFor();
    await declineStart(opened);
    await opened.page.locator('.monaco-button', { hasText: 'Start Runtime' }).click();
    await agentRow(opened, 'assistant').waitFor({ timeout: WINDOW_MS });
    await opened.statusBar('AOS 1 agent · simulated').waitFor();
    expect(await opened.rows('Agents').first().getAttribute('aria-label')).toMatch(/^agent assistant, asleep/);
    await opened.screenshot('started');
  });

  /** Imports the agents of a Python AOS that comes into the folder, and leaves the folder as it was. */
  async function importPythonAos(opened: VsCodeWindow): Promise<void> {
    const [registry, config] = ['agent_registry.json', 'aos.json'].map((file) => path.join(opened.workspace!, file));
    const agents = [{ agent_id: 'cfo', purpose: 'Count', favourite_colour: 'blue' }];
    writeFileSync(registry!, JSON.stringify({ agents }));
    expect(await welcome(opened, 'but a Python AOS')).toBe(
      'This folder has no aos.json, but a Python AOS. Import Its Agents Or create an aos.json with one agent.',
    );
    await opened.screenshot('python-aos');
    await opened.page.locator('.monaco-button', { hasText: 'Import Its Agents' }).click();
    await opened.page.locator('.quick-input-list', { hasText: 'This folder' }).waitFor();
    await opened.page.keyboard.press('Enter');
    await opened.page.locator('.tab.active', { hasText: 'aos.json' }).waitFor({ timeout: WINDOW_MS });
    const toast = opened.page.locator('.notification-toast', {
      hasText: 'Imported: 1 agent, 0 adapters, 0 MCP servers',
    });
    await toast.getByText('Show Report').click();
    await opened.page.locator('.view-line', { hasText: 'favourite_colour' }).first().waitFor();
    await opened.screenshot('python-aos-imported');
    rmSync(registry!);
    rmSync(config!);
  }

  it('an error in aos.json: names it, shows it, and starts when it is mended', async () => {
    cpSync(BOARDROOM, folder, { recursive: true });
    const config = readFileSync(path.join(folder, 'aos.json'), 'utf8');
    writeFileSync(path.join(folder, 'aos.json'), config.replace('"adapter": "ceo"', '"adapter": "cep"'));
    const opened = await open('config-error', folder);
    await declineStart(opened);
    await opened.page.locator('.monaco-button', { hasText: 'Start Runtime' }).click();
    expect(await welcome(opened, 'aos.json has')).toBe(
      'aos.json has an error. Open aos.json Show Log · Restart Runtime',
    );
    await opened.statusBar('AOS did not start').waitFor();
    const toast = opened.page.locator('.notification-toast', { hasText: /aos\.json line \d+/ });
    expect(await toast.textContent()).toContain('names adapter cep, which does not exist. Did you mean ceo?');
    await opened.screenshot('view');
    await toast.getByText('Open aos.json').click();
    await opened.page.locator('.squiggly-error').waitFor({ timeout: WINDOW_MS });
    await opened.screenshot('editor');
    writeFileSync(path.join(opened.workspace!, 'aos.json'), config);
    await opened.page.getByText('Restart Runtime').click();
    await opened.statusBar('AOS 5 agents').waitFor({ timeout: WINDOW_MS });
  });
});
