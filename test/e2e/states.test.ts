import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AskPanel, agentRow, declineStart, startRuntime } from './aos-window.ts';
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
    return (await view.innerText()).replace(/\s+/g, ' ');
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
    expect(await welcome(opened, 'This folder')).toBe('This folder has no aos.json. Create aos.json');
    await opened.screenshot('view');
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
    const toast = opened.page.locator('.notification-toast', { hasText: 'aos.json line 16' });
    expect(await toast.innerText()).toContain('names adapter cep, which does not exist. Did you mean ceo?');
    await opened.screenshot('view');
    await toast.getByText('Open aos.json').click();
    await opened.page.locator('.squiggly-error').waitFor({ timeout: WINDOW_MS });
    await opened.screenshot('editor');
    writeFileSync(path.join(opened.workspace!, 'aos.json'), config);
    await opened.page.getByText('Restart Runtime').click();
    await opened.statusBar('AOS 5 agents').waitFor({ timeout: WINDOW_MS });
  });

  it('while it starts: shows each process with its time', async () => {
    const opened = await open('starting', BOARDROOM);
    await declineStart(opened);
    await opened.page.locator('.monaco-button', { hasText: 'Start Runtime' }).click();
    await opened.page.locator('.monaco-list-row[aria-label^="Local cloud, "]').waitFor({ timeout: WINDOW_MS });
    await opened.screenshot('view');
    expect(await opened.statusBar('AOS starting').count()).toBe(1);
    await opened.statusBar('AOS 5 agents').waitFor({ timeout: WINDOW_MS });
  });
});

describe('the theme of VS Code', () => {
  it('gives Ask its colours, also when it changes while Ask is open', async () => {
    const window = await VsCodeWindow.open({ name: 'theme', workspace: BOARDROOM });
    try {
      await window.showAos();
      await declineStart(window);
      await startRuntime(window, 5);
      await window.run('AOS: Open Ask');
      const ask = await AskPanel.find(window);
      await ask.answer(await ask.ask('What are our Q2 goals?'));
      await ask.answer(await ask.ask('What are our Q2 goals?'));
      for (const { theme, background } of [
        { theme: 'Dark 2026', background: 'rgb(18, 19, 20)' },
        { theme: 'Dark High Contrast', background: 'rgb(0, 0, 0)' },
        { theme: 'Light 2026', background: 'rgb(255, 255, 255)' },
      ]) {
        await chooseTheme(window, theme);
        await expect.poll(() => style(ask, 'body', 'background-color'), { timeout: WINDOW_MS }).toBe(background);
        expect(await style(ask, '.exchange h2', 'color')).toBe(await style(ask, 'body', 'color'));
        await window.screenshot(theme.toLowerCase().replaceAll(' ', '-'));
      }
    } finally {
      await window.close();
    }
  }, 240_000);
});

async function chooseTheme({ page }: VsCodeWindow, theme: string): Promise<void> {
  await page.keyboard.press('F1');
  await page.locator('.quick-input-widget input').first().fill('>Preferences: Color Theme');
  // Not the first row: that one looks for themes in the marketplace.
  await page.locator('.quick-input-list .monaco-list-row[aria-label^="Preferences: Color Theme"]').click();
  const input = page.getByPlaceholder(/Select Color Theme/);
  await input.fill(theme);
  await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: theme }).waitFor();
  await input.press('Enter');
  await input.waitFor({ state: 'hidden' });
}

function style(ask: AskPanel, selector: string, property: string): Promise<string> {
  const element = ask.frame.locator(selector).first();
  return element.evaluate((node, name) => getComputedStyle(node).getPropertyValue(name), property);
}
