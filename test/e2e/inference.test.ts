import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AskPanel, chooseTheme, declineStart, startRuntime } from './aos-window.ts';
import { ROOT, VsCodeWindow } from './support/vscode.ts';

describe('a person who looks after the inference of the boardroom', () => {
  let folder: string;
  let window: VsCodeWindow;
  let ask: AskPanel;

  beforeAll(async () => {
    folder = oneReplica();
    window = await VsCodeWindow.open({ name: 'inference', workspace: folder, theme: 'Light 2026' });
    await window.showAos();
    await declineStart(window);
    await startRuntime(window, 5);
  });
  afterAll(async () => {
    await window?.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const row = (label: string) => window.page.locator(`.monaco-list-row[aria-label^="${label}"]`);

  /** Presses a button of a row, which is seen under the mouse. */
  async function press(of: Locator, button: string): Promise<void> {
    await window.page.mouse.move(900, 450);
    await of.hover();
    await of.locator(`.action-label[aria-label^="${button}"]`).click();
  }

  /** Chooses from the context menu of a row. */
  async function choose(of: Locator, title: string): Promise<void> {
    await of.click({ button: 'right' });
    const menu = window.page.locator('.context-view');
    // A menu that has just opened takes no click: the button is held a moment.
    await menu.locator('.action-label', { hasText: title }).click({ delay: 200 });
    await menu.waitFor({ state: 'hidden' });
  }

  /** Answers a modal question. */
  async function confirm(question: string, verb: string): Promise<void> {
    const dialog = window.page.locator('.monaco-dialog-box', { hasText: question });
    await dialog.waitFor();
    await dialog.locator('.monaco-button', { hasText: verb }).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  it('makes room for the Cloud view, and sees what the runtime stands on', async () => {
    await window.page.locator('.pane-header[aria-label^="Agents"]').click();
    await row('lorax, ').waitFor({ timeout: 30_000 });
    const cloud = await window.rows('Cloud').allTextContents();
    expect(cloud.map((text) => text.trim())).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^Service Bus\s*embedded · 127\.0\.0\.1:\d+$/),
        expect.stringMatching(/^Inference\s*simulated · 127\.0\.0\.1:\d+$/),
        expect.stringMatching(/^lorax\s*closed · 0 of 5 failures$/),
      ]),
    );
    await window.screenshot('0-cloud');
  });

  it('loads an adapter and pins it: it moves from the disk to the pinned ones', async () => {
    const cfo = row('adapter cfo');
    await press(cfo, 'Load Adapter');
    await row('Loaded, 1').waitFor({ timeout: 30_000 });
    await window.screenshot('1-loaded');
    await press(cfo, 'Pin Adapter');
    await row('Pinned, never unloaded').waitFor({ timeout: 30_000 });
    await cfo.hover();
    await cfo.locator('.action-label[aria-label^="Unpin Adapter"]').waitFor();
    await window.screenshot('2-pinned');
  });

  it('compares it with the base model, side by side', async () => {
    await choose(row('adapter cfo'), 'Try Adapter');
    ask = await AskPanel.find(window);
    await window.page.locator('.tab', { hasText: 'Ask: 2 adapters' }).waitFor();
    await ask.frame.getByText('2 of at most 4').waitFor();
    await window.screenshot('3-compare-empty');
    await ask.frame.getByRole('button', { name: 'Add adapter' }).click();
    await ask.frame.getByRole('button', { name: 'ceo', exact: true }).click();
    await window.page.locator('.tab', { hasText: 'Ask: 3 adapters' }).waitFor();
    await ask.prompt.fill('Name the one thing we should stop doing.');
    await ask.prompt.press('ControlOrMeta+Enter');
    const columns = ask.frame.locator('.compared');
    await expect.poll(() => columns.count()).toBe(3);
    await window.screenshot('4-comparing');
    await ask.frame.locator('.comparison[aria-busy="false"]').waitFor({ timeout: 60_000 });
    const answers = await ask.frame.locator('.compared-answer').allTextContents();
    expect(answers.map((text) => /^\[simulated:(\w+)\]/.exec(text)?.[1])).toEqual(['cfo', 'base', 'ceo']);
    expect(await columns.first().locator('.column-lines div').allTextContents()).toEqual([
      expect.stringMatching(/^cfo @[0-9a-f]{6} · simulated$/),
      expect.stringMatching(/^[\d.]+ m?s · first token \d+ ms · \d+ tokens$/),
      'not cached',
    ]);
    const table = ask.frame.locator('table');
    expect(await table.locator('thead th').allTextContents()).toEqual([
      'Adapter',
      'Latency',
      'First token',
      'Adapter load',
      'Tokens out',
      'Tokens/s',
      'Overlap with ceo',
    ]);
    // The pinned one was there; the base model has none; the third was loaded for this.
    expect(await table.locator('tbody td:nth-child(4)').allTextContents()).toEqual([
      'already loaded',
      '–',
      expect.stringMatching(/^(< 1|\d+) ms$/),
    ]);
    await window.screenshot('5-compared');
  });

  it('gives the agent the adapter that answered best, and takes it back', async () => {
    const file = path.join(window.workspace!, 'aos.json');
    const adapterOfCeo = () =>
      (JSON.parse(readFileSync(file, 'utf8')) as { agents: { id: string; adapter: string }[] }).agents.find(
        ({ id }) => id === 'ceo',
      )?.adapter;
    await ask.frame.getByRole('button', { name: 'Use This Adapter for ceo' }).first().click();
    const toast = window.page.locator('.notification-toast', { hasText: 'ceo answers with cfo from now on.' });
    await toast.waitFor({ timeout: 30_000 });
    expect(adapterOfCeo()).toBe('cfo');
    await window.screenshot('5-adapter-used');
    await toast.getByText('Undo').click();
    await expect.poll(adapterOfCeo, { timeout: 30_000 }).toBe('ceo');
    await toast.waitFor({ state: 'hidden' });
  });

  it.each([
    ['Dark High Contrast', 'rgb(0, 0, 0)'],
    ['Dark 2026', 'rgb(18, 19, 20)'],
  ])('sees it in the theme %s, the columns with an edge', async (theme, background) => {
    const style = (selector: string, property: string) =>
      ask.frame
        .locator(selector)
        .first()
        .evaluate((node, name) => getComputedStyle(node).getPropertyValue(name), property);
    await chooseTheme(window, theme);
    await expect.poll(() => style('body', 'background-color'), { timeout: 30_000 }).toBe(background);
    expect(await style('.compared', 'border-top-color')).not.toBe(background);
    await window.screenshot(`5-compared-${theme.toLowerCase().replaceAll(' ', '-')}`);
  });

  it('takes a column out, and goes back to one agent with the keyboard', async () => {
    await ask.frame.getByRole('button', { name: 'Take ceo out of the Comparison' }).click();
    await expect.poll(() => ask.frame.locator('.compared').count()).toBe(2);
    await ask.frame.getByRole('radio', { name: 'Compare adapters' }).focus();
    await ask.frame.getByRole('radio', { name: 'Compare adapters' }).press('ArrowLeft');
    await ask.frame.getByText('Ask one of your 5 agents.').waitFor();
    await window.page.locator('.tab', { hasText: /Ask c\w\w/ }).waitFor();
  });

  it('reads why Q3 was not answered with Q2, and why another spelling was', async () => {
    await ask.answer(await ask.ask('What are our Q2 goals?'));
    const q3 = await ask.ask('What are our Q3 goals?');
    expect((await ask.answer(q3)).facts).toMatch(/not cached$/);
    await q3.getByRole('button', { name: 'Why not?' }).click();
    expect(await q3.locator('.why').textContent()).toMatch(
      /Closest“What are our Q2 goals\?”, 0\.\d+Refused by.*dates guard: "q3" and "q2"/,
    );
    const spelling = await ask.ask('what are our Q2 goals');
    expect((await ask.answer(spelling)).facts).toMatch(/ · 0 tokens · exact cache hit$/);
    await spelling.getByRole('button', { name: 'Why?' }).click();
    expect(await spelling.locator('.why').textContent()).toMatch(
      /normalised: [\s\S]*“What are our Q2 goals\?”, .* ago, expires in /,
    );
    await window.screenshot('6-why');
    await spelling.getByRole('button', { name: 'Forget this entry' }).click();
    await spelling.getByText('The entry is forgotten.').waitFor();
    const anew = await ask.ask('what are our Q2 goals');
    expect((await ask.answer(anew)).facts).toMatch(/not cached$/);
  });

  it('opens the breaker to try an outage, sees it count down, and resets it from the answer that failed', async () => {
    await choose(row('lorax, '), 'Open Breaker');
    await confirm('Open the breaker lorax?', 'Open Breaker');
    await row('lorax, open · next attempt in ').waitFor({ timeout: 30_000 });
    await window.statusBar('AOS breaker open: lorax').waitFor();
    const refused = await ask.ask('Is anybody there?');
    await refused.getByText('The breaker for LoRAX is open.').waitFor();
    await refused.locator('vscode-button', { hasText: /Retry in \d+ s/ }).waitFor();
    await window.screenshot('7-breaker-open');
    await refused.locator('vscode-button', { hasText: 'Reset Breaker' }).click();
    await row('lorax, closed · 0 of 5 failures').waitFor({ timeout: 30_000 });
    await refused.locator('vscode-button', { hasText: 'Ask Again' }).click();
    expect((await ask.answer(ask.exchanges.last())).text).toMatch(/^\[simulated:/);
  });

  it('tests the endpoint from its row, and reads the report in the log', async () => {
    await press(row('Inference, '), 'Test Inference Endpoint');
    const toast = window.page.locator('.notification-toast', { hasText: /checks passed/ });
    await toast.waitFor({ timeout: 30_000 });
    await window.screenshot('8-endpoint-tested');
    await toast.getByText('Show Log').click();
    await window.page
      .locator('.part.panel .view-line', { hasText: /✓\sPOST/ })
      .first()
      .waitFor();
    await window.screenshot('9-endpoint-report');
    await window.run('View: Hide Panel');
  });

  it('clears the cache, and the same prompt goes to the model again', async () => {
    await press(row('Cache, '), 'Clear Response Cache');
    await confirm('cached answer', 'Clear');
    await row('Cache, ').and(window.page.locator('[aria-label*=" 0 of "]')).waitFor({ timeout: 30_000 });
    const again = await ask.ask('What are our Q2 goals?');
    expect((await ask.answer(again)).facts).toMatch(/not cached$/);
    await window.screenshot('10-cleared');
  });
});

/** A copy of the boardroom with one replica: each has a cache of its own, and only one of them would know the prompt of before. */
function oneReplica(): string {
  const copy = mkdtempSync(path.join(os.tmpdir(), 'aosws-'));
  cpSync(path.join(ROOT, 'examples/boardroom'), copy, { recursive: true });
  const file = path.join(copy, 'aos.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"replicas": 2', '"replicas": 1'));
  return copy;
}
