import path from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseTheme, declineStart, startRuntime } from './aos-window.ts';
import { ROOT, VsCodeWindow } from './support/vscode.ts';

/** What the toolkit's widgets are known to report; it has no visible effect. Anything else is a mistake of ours. */
const KNOWN_STYLE_REPORT = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
/** A run of a few seconds, with the check of the generator before it, on a loaded machine. */
const RUN_MS = 60_000;

describe('a person who measures the boardroom example', () => {
  let window: VsCodeWindow;
  let panel: Frame;
  const reports: string[] = [];

  const field = (label: string): Locator => panel.locator(`.config vscode-text-field[aria-label^="${label}"] input`);
  const button = (label: string): Locator => panel.locator('vscode-button', { hasText: label });
  const tab = (label: string): Locator => panel.locator('.tabs button', { hasText: label });
  const measuring = () => panel.locator('.progress-line', { hasText: /Measuring[1-9]/ });
  const cancelled = () => panel.getByRole('heading', { name: /^Cancelled after [\d,]+ of 1,000,000 messages$/ });
  const findPanel = () => window.webview('.page .config');

  beforeAll(async () => {
    window = await VsCodeWindow.open({ name: 'benchmark', workspace: path.join(ROOT, 'examples/boardroom') });
    window.page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) reports.push(message.text());
    });
    await window.showAos();
    await window.statusBar('AOS stopped').waitFor({ timeout: 60_000 });
    await declineStart(window);
  });
  afterAll(() => window?.close());

  it('opens the panel of a runtime whose engine is simulated, which says so', async () => {
    await startRuntime(window, 5);
    // Away from the trees: their tooltips would lie over the panel.
    await window.page.mouse.move(900, 860);
    await window.run('AOS: Open Benchmark');
    panel = await findPanel();
    await panel.getByRole('heading', { name: 'No run yet' }).waitFor();
    await panel.locator('.badge.simulated').waitFor();
    await panel.getByText('never judged as inference').waitFor();
    await window.screenshot('1-empty');
  });

  it('chooses what to measure; a rate that is none is refused at its field', async () => {
    await panel.locator('.config vscode-dropdown[aria-label="Scenario"]').click();
    await panel.locator('vscode-option', { hasText: 'Message latency' }).click();
    await panel.getByText('This scenario uses no model.').waitFor();
    await field('Rate').fill('0');
    await panel.getByText('0.01 to 100,000').waitFor();
    await field('Rate').fill('100');
    await panel.getByText('0.01 to 100,000').waitFor({ state: 'hidden' });
    await panel.locator('.config vscode-dropdown[aria-label="Load"]').click();
    await panel.locator('vscode-option', { hasText: 'Serial' }).click();
    await field('Requests').fill('1500');
    expect(await panel.locator('.planned').textContent()).toBe('= 1,500 messages');
  });

  it('runs it with Enter, and watches it', async () => {
    await field('Requests').press('Enter');
    await panel
      .locator('.progress-line', { hasText: /Measuring[\d,]+ of 1,500 messages/ })
      .waitFor({ timeout: RUN_MS });
    await panel.locator('.verdict-title', { hasText: /targets so far/ }).waitFor();
    await expect.poll(() => panel.locator('figure.chart canvas').count()).toBeGreaterThanOrEqual(4);
    await window.screenshot('3-running');
  });

  it('reads the verdict, the figures, and the chart behind its table', async () => {
    const title = panel.locator('.verdict-title', { hasText: /^(Meets|Misses|Unsure)/ });
    await title.waitFor({ timeout: RUN_MS });
    await panel.locator('.verdict .small', { hasText: /^Run 1, Today/ }).waitFor();
    expect(await panel.locator('.figure-value').first().textContent()).toMatch(/^[\d.,]+ ms$/);
    await panel.locator('.report pre', { hasText: 'Results for 1500 requests:' }).waitFor();
    await window.screenshot('4-result');
    const curve = panel.locator('figure.chart', { hasText: 'Percentile curve' });
    await curve.focus();
    await curve.press('End');
    expect(await curve.locator('.spoken[aria-live]').textContent()).toMatch(/^p99.\d+: latency [\d.,]+ ms$/);
    await curve.press('t');
    await curve.locator('table tbody tr').first().waitFor();
    await curve.press('Escape');
    await curve.locator('table').waitFor({ state: 'hidden' });
  });

  it('holds it against the table of the guide', async () => {
    await tab('Baseline').click();
    const rows = panel.locator('.baseline tbody tr');
    expect(await rows.count()).toBe(9);
    expect(await rows.nth(1).textContent()).toMatch(
      /^Message latency \(p50\)< 50 ms[\d.]+ ms[\d.–]+(Meets|Misses|Unsure)/,
    );
    expect(await rows.first().textContent()).toMatch(/Not measured/);
    await window.screenshot('5-baseline');
  });

  it.each(['status bar', 'notification'])(
    'closes the panel, and the run goes on until the %s cancels it',
    async (where) => {
      await field('Requests').fill('1000000');
      await panel.locator('.config .run vscode-button', { hasText: 'Run' }).click();
      await measuring().waitFor({ timeout: RUN_MS });
      await window.run('View: Close Editor');
      const notice = window.page.locator('.notification-toast', { hasText: 'Benchmark' });
      await notice.getByText(/[\d,]+ of 1,000,000 requests/).waitFor();
      await window.screenshot('6-closed');
      if (where === 'status bar') await window.statusBar('AOS benchmark').click();
      else await notice.getByRole('button', { name: 'Cancel' }).click();
      await notice.waitFor({ state: 'hidden', timeout: RUN_MS });
      await window.statusBar('AOS benchmark').waitFor({ state: 'hidden' });
      await window.run('AOS: Open Benchmark');
      panel = await findPanel();
      await cancelled().waitFor();
      expect(await field('Requests').inputValue()).toBe('1000000');
    },
  );

  it('cancels it in the panel by Esc, pressed twice', async () => {
    await button('Run Again').click();
    await measuring().waitFor({ timeout: RUN_MS });
    await panel.locator('.tabs button[aria-selected="true"]').press('Escape');
    await panel.locator('.progress-line', { hasText: 'Press Esc again to cancel.' }).waitFor();
    await panel.locator('.tabs button[aria-selected="true"]').press('Escape');
    await cancelled().waitFor({ timeout: RUN_MS });
    await window.screenshot('7-cancelled');
    await button('Show What Was Measured').click();
    await panel.locator('.verdict-title', { hasText: 'Not judged: incomplete' }).waitFor();
  });

  it('compares two runs of its history, and notes what it tried', async () => {
    await field('Requests').fill('1500');
    await field('Requests').press('Enter');
    await panel.locator('.verdict .small', { hasText: /^Run 2, Today/ }).waitFor({ timeout: RUN_MS });
    await tab('History').click();
    await panel.locator('vscode-checkbox[aria-label="Compare run 1"]').click();
    await panel.locator('vscode-checkbox[aria-label="Compare run 2"]').click();
    await panel.getByRole('heading', { name: 'Run 2 compared with run 1' }).waitFor();
    await panel.locator('.changes tbody tr', { hasText: 'p95' }).waitFor();
    await panel.locator('input[aria-label="Note of run 2"]').fill('again');
    await panel.locator('input[aria-label="Note of run 2"]').press('Enter');
    await window.page.mouse.move(900, 20);
    await window.screenshot('8-history');
  });

  it('watches an open loop, whose queue is counted; a machine that cannot keep the rate says so instead', async () => {
    await panel.locator('.config vscode-dropdown[aria-label="Load"]').click();
    await panel.locator('vscode-option', { hasText: 'Open loop' }).click();
    for (const [label, value] of Object.entries({ Rate: '50', Duration: '5', 'Warm-up': '1' })) {
      await field(label).fill(value);
    }
    expect(await panel.locator('.planned').textContent()).toBe('= 250 messages');
    await field('Rate').press('Enter');
    // From the third second on there is a window of two.
    const live = panel.locator('.progress-line', { hasText: /Measuring(1[5-9]|2[0-4])\d of 250 messages/ });
    const done = panel.locator('.verdict .small', { hasText: /^Run 3, Today/ });
    const refused = panel.getByRole('heading', { name: /^No figures/ });
    await live.or(done).or(refused).first().waitFor({ timeout: RUN_MS });
    if (await live.isVisible()) await window.screenshot('8-open-loop-running');
    await done.or(refused).first().waitFor({ timeout: RUN_MS });
    await window.screenshot('8-open-loop');
    if (await refused.isVisible()) {
      await panel.getByRole('heading', { name: 'this machine couldn’t keep the rate' }).waitFor();
      await button('Run Again').waitFor();
      return;
    }
    expect(await panel.locator('.figure', { hasText: 'Queue length' }).textContent()).toMatch(
      /^Queue length[\d.]+at most \d+$/,
    );
    await panel.locator('.figure', { hasText: 'asked 50.0' }).waitFor();
    const traces = panel.locator('.slowest button', { hasText: 'Show these in Traces' });
    await expect
      .poll(() => traces.getAttribute('title'))
      .toBe('The runtime has no traces of what this scenario asks for.');
    expect(await traces.getAttribute('aria-disabled')).toBe('true');
  });

  it('finds the slowest answers among the traces of the time in which they were measured', async () => {
    await panel.locator('.config vscode-dropdown[aria-label="Scenario"]').click();
    await panel.locator('vscode-option', { hasText: 'Inference, cached' }).click();
    await panel.locator('.config vscode-dropdown[aria-label="Load"]').click();
    await panel.locator('vscode-option', { hasText: 'Serial' }).click();
    await field('Requests').fill('20');
    await field('Requests').press('Enter');
    await panel.locator('.verdict-title', { hasText: 'Not judged: simulated' }).waitFor({ timeout: RUN_MS });
    await panel.locator('.figure', { hasText: 'AOS share, p95' }).waitFor();
    const traces = panel.locator('.slowest button:not([aria-disabled])');
    await traces.click();
    const picked = window.page.locator('.quick-input-widget');
    await picked.getByText('Traces of the Slowest Requests').waitFor();
    await picked.locator('.monaco-list-row', { hasText: 'POST /api/agent_infer' }).first().waitFor();
    await window.screenshot('8-traces');
    await window.page.keyboard.press('Enter');
    await window.page.locator('.view-lines', { hasText: 'invoke_agent' }).waitFor();
    await window.run('AOS: Open Benchmark');
    panel = await findPanel();
    await panel.locator('.verdict-title', { hasText: 'Not judged: simulated' }).waitFor();
  });

  it.each(['Dark 2026', 'Dark High Contrast'])('sees it in the theme %s, and in a narrow window', async (theme) => {
    await chooseTheme(window, theme);
    await tab('Result').click();
    await panel.locator('figure.chart').first().waitFor();
    await window.screenshot(`9-${theme.toLowerCase().replaceAll(' ', '-')}`);
    if (theme === 'Dark 2026') return;
    await window.page.setViewportSize({ width: 1000, height: 700 });
    const overflow = () => panel.locator('.page').evaluate((page) => page.scrollWidth - page.clientWidth);
    await expect.poll(overflow).toBe(0);
    await window.screenshot('9-narrow');
  });

  it('finds tab and fields again after the window was reloaded, and is told that no runtime runs', async () => {
    await tab('History').click();
    await window.run('Developer: Reload Window');
    await window.statusBar('AOS stopped').waitFor({ timeout: 60_000 });
    panel = await findPanel();
    await panel.locator('.tabs button[aria-selected="true"]', { hasText: 'History' }).waitFor();
    expect(await field('Requests').inputValue()).toBe('20');
    await tab('Result').click();
    await panel.getByRole('heading', { name: 'No runtime is running' }).waitFor();
    await button('Start Runtime').waitFor();
    await window.screenshot('10-no-runtime');
  });

  it('was shown nothing that breaks the policy of the page', () => {
    expect(reports.filter((text) => !text.includes(KNOWN_STYLE_REPORT))).toEqual([]);
  });
});
