import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AskPanel, agentRow, chooseTheme, declineStart, hoverAgent, startRuntime } from './aos-window.ts';
import { ROOT, VsCodeWindow } from './support/vscode.ts';

/** What the toolkit's widgets are known to report; it has no visible effect. Anything else is a mistake of ours. */
const KNOWN_STYLE_REPORT = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';

describe('a person with the boardroom example', () => {
  let window: VsCodeWindow;
  let ask: AskPanel;
  const reports: string[] = [];

  beforeAll(async () => {
    window = await VsCodeWindow.open({ name: 'boardroom', workspace: path.join(ROOT, 'examples/boardroom') });
    window.page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) reports.push(message.text());
    });
  });
  afterAll(() => window?.close());

  it('opens the folder and is told that the runtime is stopped', async () => {
    await window.showAos();
    await window.statusBar('AOS stopped').waitFor({ timeout: 60_000 });
    await declineStart(window);
    await window.page.getByText('The runtime is stopped. Its agents are defined in aos.json.').waitFor();
    await window.screenshot('1-stopped');
  });

  it('starts it, and sees five agents on two replicas and their adapters', async () => {
    await startRuntime(window, 5);
    await agentRow(window, 'cto').waitFor();
    const agents = await window.rows('Agents').allTextContents();
    expect(agents.filter((text) => text.startsWith('replica-'))).toHaveLength(2);
    for (const id of ['ceo', 'cfo', 'cmo', 'coo', 'cto']) {
      expect(await agentRow(window, id).getAttribute('aria-label')).toMatch(/^agent \w+, asleep/);
    }
    await expect.poll(() => window.rows('Adapters').count(), { timeout: 30_000 }).toBeGreaterThanOrEqual(5);
    await window.statusBar('AOS 5 agents · simulated').waitFor();
    await hoverAgent(window, 'ceo');
    await window.screenshot('2-running');
  });

  it('opens Ask for the CEO from its row', async () => {
    const ceo = await hoverAgent(window, 'ceo');
    await ceo.locator('.action-label[aria-label^="Ask Agent"]').click();
    ask = await AskPanel.find(window);
    await window.page.locator('.tab', { hasText: 'Ask ceo' }).waitFor();
    await ask.frame.getByText('Ask one of your 5 agents.').waitFor();
    await ask.frame.locator('.badge.simulated').waitFor();
    await window.screenshot('3-ask-empty');
  });

  it('reads the answer while it is written, and where it came from', async () => {
    const exchange = await ask.ask('What are our Q2 goals?');
    await exchange.locator('.caret').waitFor();
    await exchange.locator('.fact', { hasText: 'first token' }).waitFor();
    await window.screenshot('4-ask-streaming');
    const { text, facts } = await ask.answer(exchange);
    expect(text.length).toBeGreaterThan(40);
    expect(facts).toMatch(
      /^ceo @[0-9a-f]{6} · simulated · [\d.]+ s · first token \d+ ms · \d+ tokens in, \d+ out · not cached$/,
    );
  });

  it('asks the same again and gets it from the cache, with the reason', async () => {
    const exchange = await ask.ask('What are our Q2 goals?');
    const { facts } = await ask.answer(exchange);
    expect(facts).toMatch(/^ceo @[0-9a-f]{6} · simulated · (< )?\d+ ms · 0 tokens · exact cache hit$/);
    await exchange.getByText('Why?').click();
    expect(await exchange.locator('.why').textContent()).toMatch(/Stored.* ago, expires in .*Same.*prompt, agent/);
    await exchange.getByText('Show all').click();
    const [first, second] = await ask.frame.locator('.answer .text').allTextContents();
    expect(second).toBe(first);
    await window.screenshot('5-ask-cached');
  });

  it.each([
    ['Dark High Contrast', 'rgb(0, 0, 0)'],
    ['Light 2026', 'rgb(255, 255, 255)'],
    ['Dark 2026', 'rgb(18, 19, 20)'],
  ])('chooses the theme %s, and Ask has its colours', async (theme, background) => {
    const style = (selector: string, property: string) =>
      ask.frame
        .locator(selector)
        .first()
        .evaluate((node, name) => getComputedStyle(node).getPropertyValue(name), property);
    await chooseTheme(window, theme);
    await expect.poll(() => style('body', 'background-color'), { timeout: 30_000 }).toBe(background);
    expect(await style('.exchange h2', 'color')).toBe(await style('body', 'color'));
    await window.screenshot(`5-ask-${theme.toLowerCase().replaceAll(' ', '-')}`);
  });

  it('stops an answer with Esc and keeps the part that came', async () => {
    const exchange = await ask.ask('Write a long plan for the next two years.');
    await exchange.locator('.fact', { hasText: 'first token' }).waitFor();
    await ask.prompt.press('Escape');
    const { text, facts } = await ask.answer(exchange);
    expect(text).not.toBe('');
    expect(facts).toMatch(/ · stopped after /);
  });

  it('asks another agent, whose name then stands at the exchanges of the first', async () => {
    await ask.frame.locator('vscode-dropdown').click();
    await ask.frame.locator('vscode-option', { hasText: 'cfo · critical' }).click();
    await window.page.locator('.tab', { hasText: 'Ask cfo' }).waitFor();
    await ask.answer(await ask.ask('How long does our cash last?'));
    expect(await ask.exchanges.first().locator('.when').textContent()).toMatch(/^ceo · \d\d:\d\d:\d\d$/);
    expect(await ask.exchanges.last().locator('.when').textContent()).toMatch(/^\d\d:\d\d:\d\d$/);
  });

  it('takes the last prompt with the arrow key and walks the exchanges', async () => {
    await ask.prompt.press('ArrowUp');
    await expect.poll(() => ask.prompt.inputValue()).toBe('How long does our cash last?');
    await ask.prompt.press('Alt+ArrowUp');
    await ask.frame.locator('.exchange:last-child:focus').waitFor();
    await ask.frame.locator('.exchange:last-child').press('Alt+ArrowUp');
    await ask.frame.locator('.exchange:nth-last-child(2):focus').waitFor();
  });

  it('sees the exchanges and the prompt again after the panel was hidden', async () => {
    await ask.prompt.fill('half a prompt');
    await window.run('AOS: Open aos.json');
    await window.page.locator('.tab.active', { hasText: 'aos.json' }).waitFor();
    await window.screenshot('6-config');
    await window.page.locator('.tab', { hasText: 'Ask cfo' }).click();
    ask = await AskPanel.find(window);
    expect(await ask.exchanges.count()).toBe(4);
    expect(await ask.prompt.inputValue()).toBe('half a prompt');
  });

  it('registers an agent in four questions', async () => {
    await window.run('AOS: Register Agent');
    const input = window.page.locator('.quick-input-widget input').first();
    await input.fill('ceo');
    await window.page.getByText('There is an agent ceo already.').waitFor();
    await input.fill('analyst');
    await input.press('Enter');
    await window.page.locator('.quick-input-widget', { hasText: 'Its one lasting purpose' }).waitFor();
    await input.fill('Watch our competitors.');
    await input.press('Enter');
    await window.page.locator('.quick-input-list .monaco-list-row', { hasText: 'base model' }).waitFor();
    await window.screenshot('7-register');
    await input.press('Enter');
    await window.page.locator('.quick-input-list .monaco-list-row', { hasText: 'most agents' }).waitFor();
    await input.press('Enter');
    await agentRow(window, 'analyst').waitFor();
    await window.statusBar('AOS 6 agents').waitFor();
  });

  it('sends the CEO an event and sees that it woke', async () => {
    const ceo = await hoverAgent(window, 'ceo');
    await ceo.locator('.action-label[aria-label^="Send Event"]').click();
    const input = window.page.locator('.quick-input-widget input').first();
    await window.page.locator('.quick-input-list .monaco-list-row', { hasText: 'DecisionRequested' }).waitFor();
    await input.press('Enter');
    await window.page.locator('.quick-input-widget', { hasText: 'Data as JSON' }).waitFor();
    await input.fill('{"topic": "Q2"}');
    await input.press('Enter');
    await agentRow(window, 'ceo').locator('.monaco-tl-twistie').click();
    await window.page.locator('.monaco-list-row[aria-label^="Wakes 1 · last "]').waitFor({ timeout: 30_000 });
    await window.screenshot('8-agent-facts');
  });

  it('reads one log of all processes', async () => {
    await window.run('AOS: Show Log');
    await window.page
      .locator('.part.panel .view-line', { hasText: /asking\sthe\sboard/ })
      .first()
      .waitFor();
    await window.screenshot('9-log');
    await window.run('View: Hide Panel');
    await window.page.locator('.part.panel').waitFor({ state: 'hidden' });
  });

  it('stops it: Ask keeps what it shows and offers the start, and no process is left', async () => {
    const pids = await runningPids(window);
    expect(pids).toHaveLength(4);
    await window.run('AOS: Stop Runtime');
    await window.statusBar('AOS stopped').waitFor();
    await ask.frame.getByText('The runtime stopped.').waitFor();
    await window.screenshot('10-ask-runtime-gone');
    expect(pids.filter(isAlive)).toEqual([]);
    await ask.frame.locator('.note vscode-button', { hasText: 'Start Runtime' }).click();
    await window.statusBar('AOS 6 agents').waitFor({ timeout: 60_000 });
    await ask.frame.getByText('The runtime stopped.').waitFor({ state: 'hidden' });
  });

  it('finds the exchanges again after the window was reloaded', async () => {
    await window.run('Developer: Reload Window');
    await window.statusBar('AOS stopped').waitFor({ timeout: 60_000 });
    ask = await AskPanel.find(window);
    await expect.poll(() => ask.exchanges.count(), { timeout: 30_000 }).toBe(4);
    await window.screenshot('11-reloaded');
  });

  it('sees nothing of its processes when the extension host is killed', async () => {
    await startRuntime(window, 6);
    const pids = await runningPids(window);
    process.kill(parentOf(pids[0]!), 'SIGKILL');
    await expect.poll(() => pids.filter(isAlive), { timeout: 30_000 }).toEqual([]);
  });

  it('was shown nothing that breaks the policy of the page', () => {
    expect(reports.filter((text) => !text.includes(KNOWN_STYLE_REPORT))).toEqual([]);
  });
});

/** Launcher, cloud and replicas, as What Starts? tells them. */
async function runningPids(window: VsCodeWindow): Promise<number[]> {
  await window.run('AOS: What Starts?');
  const rows = window.page.locator('.quick-input-list .monaco-list-row', { hasText: /process \d+/ });
  await rows.first().waitFor();
  const texts = await rows.allTextContents();
  await window.page.keyboard.press('Escape');
  return texts.map((text) => Number(/process (\d+)/.exec(text)?.[1]));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ESRCH');
    return false;
  }
}

/** The extension host: what forked the launcher. */
function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}
