import type { Frame, Locator } from 'playwright-core';
import { expect } from 'vitest';
import type { VsCodeWindow } from './support/vscode.ts';

/** Long enough for the runtime to start on a loaded machine. */
const START_MS = 60_000;

/** Answers the question whether the runtime shall start with Not Now, so that it covers nothing. */
export async function declineStart(window: VsCodeWindow): Promise<void> {
  const toast = window.page.locator('.notification-toast', { hasText: 'Start the local runtime?' });
  await toast.getByText('Not Now').click({ timeout: START_MS });
  await toast.waitFor({ state: 'hidden' });
}

/** Presses Start Runtime in the Agents view, sees the local cloud start, and waits until the status bar counts the agents. */
export async function startRuntime(window: VsCodeWindow, agents: number): Promise<void> {
  await window.page.locator('.monaco-button', { hasText: 'Start Runtime' }).click({ timeout: START_MS });
  await window.page.locator('.monaco-list-row[aria-label^="Local cloud, "]').waitFor({ timeout: START_MS });
  await window.statusBar(`AOS ${agents} agents`).waitFor({ timeout: START_MS });
}

/** The row of an agent in the Agents view. */
export function agentRow(window: VsCodeWindow, id: string): Locator {
  return window.page.locator(`.monaco-list-row[aria-label*="agent ${id},"]`);
}

/** Puts the mouse on the row of an agent, which shows its buttons; not through the tooltip of another row. */
export async function hoverAgent(window: VsCodeWindow, id: string): Promise<Locator> {
  await window.page.mouse.move(900, 450);
  await window.page.locator('.workbench-hover').waitFor({ state: 'hidden' });
  const row = agentRow(window, id);
  await row.hover();
  return row;
}

/** The Ask panel, as a person uses it. */
export class AskPanel {
  readonly frame: Frame;

  constructor(frame: Frame) {
    this.frame = frame;
  }

  static async find(window: VsCodeWindow): Promise<AskPanel> {
    return new AskPanel(await window.webview('.composer vscode-text-area'));
  }

  get exchanges(): Locator {
    return this.frame.locator('.exchange');
  }

  get prompt(): Locator {
    return this.frame.locator('.composer textarea');
  }

  /** Types the prompt and sends it with the keyboard. */
  async ask(prompt: string): Promise<Locator> {
    const before = await this.exchanges.count();
    await this.prompt.fill(prompt);
    await this.prompt.press('ControlOrMeta+Enter');
    const exchange = this.exchanges.nth(before);
    await exchange.waitFor();
    return exchange;
  }

  /** Waits for the end of an answer, and gives its text and the line of facts under it. */
  async answer(exchange: Locator): Promise<{ text: string; facts: string }> {
    await exchange.locator('.tools').waitFor({ timeout: START_MS });
    const text = (await exchange.locator('.answer').textContent()) ?? '';
    const facts = await exchange.locator('.facts .fact').allTextContents();
    expect(await exchange.getAttribute('aria-busy')).toBe('false');
    return { text, facts: facts.join(' · ') };
  }
}

/** Chooses a theme the way a person does: a window with an extension under development reads no user settings. */
export async function chooseTheme({ page }: VsCodeWindow, theme: string): Promise<void> {
  await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
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
