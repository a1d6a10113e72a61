import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listInstances } from '../../runtime/launcher/instances.ts';
import { measurementOf, resultOf } from '../unit/benchmark/support/results.ts';
import { type PriceList, startPriceList } from '../unit/capacity/price-list.ts';
import { chooseTheme, declineStart, startRuntime } from './aos-window.ts';
import { ROOT, VsCodeWindow } from './support/vscode.ts';

/** Polls for as long as a loaded machine may take. */
const soon = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 20_000 });

describe('a person who plans capacity', () => {
  let folder: string;
  let list: PriceList;
  let window: VsCodeWindow;
  let frame: Frame;

  beforeAll(async () => {
    list = await startPriceList({ status: 503 });
    folder = workspaceWith({ 'aos.capacity.pricesUrl': list.url });
    window = await VsCodeWindow.open({ name: 'capacity', workspace: folder });
    await window.showAos();
    await declineStart(window);
  });
  afterAll(async () => {
    await window?.close();
    await list?.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** The row of an input, with its parts. */
  function input(label: string) {
    const row = frame.locator('.input-row', {
      has: frame.locator('.input-label', { hasText: new RegExp(`^${label}$`) }),
    });
    return { row, field: row.locator('input'), source: row.locator('.source'), reset: row.getByTitle(/^Back to /) };
  }

  /** The cells of a table, row by row. */
  async function cells(table: Locator, row = 'tbody tr'): Promise<string[][]> {
    const rows = await table.locator(row).all();
    return Promise.all(rows.map((one) => one.locator('th, td').allTextContents()));
  }

  const guide = () => cells(frame.locator('.guide'));
  const button = (name: string | RegExp) => frame.locator('vscode-button', { hasText: name });
  const isDisabled = async (of: Locator) => (await of.getAttribute('disabled')) !== null;
  const notice = (text: string | RegExp) => frame.locator('.notice', { hasText: text });

  it('opens the planner by its command: the guide’s three numbers, and the plan beside them', async () => {
    await window.run('AOS: Open Capacity Planner');
    frame = await window.webview('.headline');
    await window.page.locator('.tab', { hasText: 'Capacity Planner' }).waitFor();
    expect(await guide()).toEqual([
      ['Required instances', '10.0', '30'],
      ['Expected RPS', '16.67', '50.00'],
      ['Required storage', '1235.96 GB', '1235.96 GB'],
    ]);
    expect(await frame.locator('.cost').textContent()).toBe('$6,000');
    expect(await frame.locator('.headline .unknown').textContent()).toBe('plus 8 unknown prices');
    await frame.getByRole('alert').getByText('This plan can’t carry its own peak.').waitFor();
    expect(await isDisabled(button('Use for Deployment…'))).toBe(true);
    // The fix is the one primary button.
    expect(await frame.locator('vscode-button[appearance="primary"]').allTextContents()).toEqual(['Set Shards to 32']);
    await window.screenshot('1-guide');
  });

  it('changes an input, and takes it back to its source and forth', async () => {
    const { field, source, reset } = input('Agents');
    expect(await source.textContent()).toBe('guide');
    await field.fill('2000');
    await soon(guide).toContainEqual(['Required instances', '20.0', '60']);
    expect(await source.textContent()).toBe('yours');
    await reset.click();
    await soon(guide).toContainEqual(['Required instances', '10.0', '30']);
    expect([await field.inputValue(), await source.textContent()]).toEqual(['1,000', 'guide']);
    await notice('Agents is back to its source.').getByText('Undo').click();
    await soon(() => field.inputValue()).toBe('2,000');
    await field.press('ArrowUp');
    await soon(guide).toContainEqual(['Required instances', '20.01', '61']);
    await reset.click();
    await soon(() => source.textContent()).toBe('guide');
  });

  it('is told at the field what is allowed, and keeps the last plan that can be made', async () => {
    for (const [label, text, allowed] of [
      ['Agents', '-5', '1 to 1,000,000 agents, whole'],
      ['Agents per instance', '0', '1 to 100,000 agents per instance, whole'],
      ['Hit rate', 'NaN', '0 to 100 %'],
    ] as const) {
      const { row, field } = input(label);
      const before = await field.inputValue();
      await field.fill(text);
      await frame.locator('.results.dimmed').waitFor();
      expect(await row.locator('.problem').textContent()).toBe(allowed);
      expect(await guide()).toContainEqual(['Required instances', '10.0', '30']);
      if (label === 'Agents per instance') await window.screenshot('2-not-allowed');
      await field.fill(before);
      await frame.locator('.results.dimmed').waitFor({ state: 'detached' });
      expect(await row.locator('.problem').isVisible()).toBe(false);
    }
  });

  it('does what an advice offers, and could deploy the plan then', async () => {
    await button('Set Shards to 32').click();
    await notice('Done: Set Shards to 32.').waitFor();
    expect([await input('Shards').field.inputValue(), await input('Shards').source.textContent()]).toEqual([
      '32',
      'yours',
    ]);
    await soon(() => isDisabled(button('Use for Deployment…'))).toBe(false);
    await frame.locator('.notice .link', { hasText: 'Undo' }).press('ControlOrMeta+z');
    await soon(() => input('Shards').field.inputValue()).toBe('10');
    expect(await input('Agents per instance').field.inputValue()).toBe('100');
    await button('Set Shards to 32').click();
    await notice('Done: Set Shards to 32.').waitFor();
  });

  it('asks for prices: after a failure nothing is known, later what the list holds, and the rest stays unknown', async () => {
    const refresh = frame.locator('.prices .link', { hasText: 'Refresh' });
    await refresh.click();
    await notice('Couldn’t reach the price list. Only the GPU’s price is known.').waitFor();
    list.answer({});
    await refresh.click();
    await notice('9 of 17 prices changed.').waitFor();
    expect(await frame.locator('.prices').textContent()).toMatch(/^Prices of \d+ \w+ \d{4}, West US 2/);
    expect(await frame.locator('.headline .unknown').textContent()).toBe('plus 3 unknown prices');
    const needs = await cells(frame.locator('.needs'));
    const costs = Object.fromEntries(needs.map((row) => [row[0], row.at(-1)]));
    expect(costs).toMatchObject({
      'GPUA100, LoRAX, 50 adapters': '$6,000.00',
      'Service BusPremium, 4 units': '$2,920.00',
      'Outbound dataInternet egress, 10 KB an answer': 'unknown',
    });
    await window.screenshot('3-prices');
  });

  it('sees where the known money goes, as a bar and as a table', async () => {
    const chart = frame.locator('figure', { hasText: 'Where the money goes' });
    await chart.scrollIntoViewIfNeeded();
    const legend = await chart.locator('.legend li').allTextContents();
    expect(legend.map((text) => text.replace(/ [\d.<].*$/, ''))).toEqual([
      'GPU',
      'Service Bus',
      'Compute',
      'Monitoring',
      'Storage',
    ]);
    const widths = await chart.locator('.money-part').evaluateAll((parts) => parts.map((part) => part.clientWidth));
    expect(widths).toEqual([...widths].sort((a, b) => b - a));
    await chart.press('ArrowRight');
    await soon(() => chart.locator('.spoken').textContent()).toMatch(/^GPU: \$6,000\.00, /);
    await chart.press('t');
    await soon(() => cells(chart.locator('table'))).toContainEqual(['GPU', '$6,000.00', expect.any(String)]);
    await chart.press('Escape');
    await chart.locator('.money-bar').waitFor();
  });

  it('sees what moves the cost, the widest bar first', async () => {
    const rows = frame.locator('.tornado tbody tr');
    await rows.first().scrollIntoViewIfNeeded();
    const widths = await rows.evaluateAll((all) =>
      all.map((row) => [...row.querySelectorAll('.tornado-bar > span')].reduce((sum, bar) => sum + bar.clientWidth, 0)),
    );
    expect(widths.length).toBeGreaterThan(4);
    expect(widths[0]).toBeGreaterThan(100);
    for (const [index, width] of widths.entries()) expect(width).toBeLessThanOrEqual((widths[index - 1] ?? width) + 2);
    await window.screenshot('4-charts');
  });

  it('compares it with a copy that has one messaging unit, and goes on with the copy', async () => {
    await button('Compare…').click();
    await window.page.locator('.quick-input-list .monaco-list-row', { hasText: 'A copy of Plan A' }).click();
    await frame.locator('.comparison').waitFor();
    await input('Messaging units').field.fill('1');
    const rows = () => cells(frame.locator('.comparison'));
    await soon(rows).toContainEqual(['Messaging units', '4', '1', '−3']);
    await soon(rows).toContainEqual(['Service Bus, how full', '6 %', '25 %', '+19 points']);
    await soon(rows).toContainEqual(['Service Bus', '$2,920', '$730', '−$2,190']);
    await window.screenshot('5-compare');
    await button('Continue with B').click();
    await frame.locator('.headline').waitFor();
    await button('Plan B: ').waitFor();
  });

  it('hands the plan to the next deployment', async () => {
    await button('Use for Deployment…').click();
    await notice('The next deployment of this workspace uses Plan B: ').waitFor();
    await window.screenshot('6-for-deployment');
  });

  it.each([
    ['Dark High Contrast', 1000, 700],
    ['Dark 2026', 1400, 900],
  ])('sees it in the theme %s, %i wide, with nothing that scrolls sideways', async (theme, width, height) => {
    await chooseTheme(window, theme);
    await window.page.setViewportSize({ width, height });
    await soon(() => frame.locator('.page').evaluate((page) => page.scrollWidth - page.clientWidth)).toBe(0);
    await frame.locator('.headline').scrollIntoViewIfNeeded();
    await window.screenshot(`7-${theme.toLowerCase().replaceAll(' ', '-')}`);
  });

  it('takes the figures of a benchmark with a model, and none of a simulated one', async () => {
    const take = button('Use My Last Benchmark');
    await soon(() => take.getAttribute('title')).toBe('The runtime keeps the results: start it first.');
    await startRuntime(window, 5);
    await soon(() => take.getAttribute('title')).toBe('There is no benchmark yet. Run one with a model first.');
    await keep('simulated');
    await lookAgain();
    await soon(() => button('Use My Last Benchmark').getAttribute('title')).toBe(
      'Your last run was simulated. Run the benchmark with a model first.',
    );
    await keep('remote');
    await lookAgain();
    await soon(() => isDisabled(button('Use My Last Benchmark'))).toBe(false);
    await button('Use My Last Benchmark').click();
    await notice('Measured by run 2: Uncached answer.').waitFor();
    const { field, source } = input('Uncached answer');
    expect([await field.inputValue(), await source.textContent()]).toEqual(['1.25', 'measured']);
    await window.screenshot('8-measured');
  });

  it('takes them from the run that was set as baseline, though there is a newer one', async () => {
    await keep('remote', 'bench_newer');
    await window.run('AOS: Show Benchmark History');
    const history = await window.webview('.runs tbody tr');
    const row = history.locator('.runs tr[data-run="bench_remote"]');
    await row.locator('vscode-button[aria-label^="More of run"]').click();
    await window.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Set as Baseline' }).click();
    await row.getByText('planner baseline').waitFor();
    await window.screenshot('9-baseline');
    await window.page.locator('.tab', { hasText: 'Capacity Planner' }).click();
    frame = await window.webview('.headline');
    await button('Use My Last Benchmark').click();
    await notice('Measured by run 2 (your baseline): Uncached answer.').waitFor();
    expect(await input('Uncached answer').source.getAttribute('title')).toMatch(
      /^measured: run 2 \(your baseline\) of/,
    );
  });

  it('finds the plan again after the window was reloaded', async () => {
    await window.run('Developer: Reload Window');
    await window.statusBar('AOS stopped').waitFor({ timeout: 60_000 });
    frame = await window.webview('.headline');
    await button('Plan B: ').waitFor();
    expect([await input('Shards').field.inputValue(), await input('Uncached answer').source.textContent()]).toEqual([
      '32',
      'measured',
    ]);
    expect(await frame.locator('.prices').textContent()).toMatch(/^Prices of /);
  });

  /** Keeps a result in the runtime, as `aos bench` does; only what it says of the engine is made up. */
  async function keep(engine: 'simulated' | 'remote', id = `bench_${engine}`): Promise<void> {
    const [runtime] = await listInstances(window.instances);
    const latencies = Array.from({ length: 100 }, () => 1250);
    const result = { ...resultOf([measurementOf('inference-uncached', latencies)], engine), id };
    const answer = await fetch(`${runtime!.http}/api/results/${id}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${runtime!.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(result),
    });
    expect(answer.status).toBe(201);
  }

  /** Leaves the panel for aos.json and comes back. */
  async function lookAgain(): Promise<void> {
    await window.run('AOS: Open aos.json');
    await window.page.locator('.tab.active', { hasText: 'aos.json' }).waitFor();
    await window.page.locator('.tab', { hasText: 'Capacity Planner' }).click();
    frame = await window.webview('.headline');
  }
});

/** The boardroom with one replica, which starts faster, and settings of the workspace. */
function workspaceWith(settings: Record<string, unknown>): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'aosws-'));
  cpSync(path.join(ROOT, 'examples/boardroom'), folder, { recursive: true });
  const config = JSON.parse(readFileSync(path.join(folder, 'aos.json'), 'utf8'));
  writeFileSync(
    path.join(folder, 'aos.json'),
    JSON.stringify({ ...config, runtime: { ...config.runtime, replicas: 1 } }, undefined, 2),
  );
  mkdirSync(path.join(folder, '.vscode'));
  writeFileSync(path.join(folder, '.vscode/settings.json'), JSON.stringify(settings));
  return folder;
}
