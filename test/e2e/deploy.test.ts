import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentViewSchema } from '../../runtime/contracts/http.ts';
import { type Arm, startArm } from '../support/arm/start-arm.ts';
import { AskPanel, agentRow, chooseTheme, declineStart } from './aos-window.ts';
import { type DeployedRuntime, startDeployedRuntime } from './support/deployed-runtime.ts';
import { ROOT, VsCodeWindow } from './support/vscode.ts';

const BOARDROOM = path.join(ROOT, 'examples/boardroom');
const AUDIENCE = 'api://aos-boardroom';
/** A deployment asks its stand-in for the state again and again. */
const DEPLOY_MS = 60_000;

describe('a person who takes the boardroom to Azure', () => {
  let folder: string;
  let arm: Arm;
  let runtime: DeployedRuntime;
  let window: VsCodeWindow;
  let panel: Frame;

  beforeAll(async () => {
    runtime = await startDeployedRuntime(BOARDROOM);
    arm = await startArm({ api: runtime.url, retryAfterS: 1 });
    folder = mkdtempSync(path.join(os.tmpdir(), 'aos-e2e-'));
    const tokens = path.join(folder, 'tokens.json');
    writeFileSync(tokens, JSON.stringify({ '*': 'token-for-the-stand-in', [`${AUDIENCE}/.default`]: runtime.token }));
    window = await VsCodeWindow.open({
      name: 'deploy',
      workspace: workspaceFor(folder, arm),
      theme: 'Light 2026',
      env: { AOS_TEST_TOKENS: tokens, NODE_EXTRA_CA_CERTS: arm.certificateFile },
      extensions: [path.join(import.meta.dirname, 'support/sign-in')],
    });
    await window.showAos();
    await declineStart(window);
  });
  afterAll(async () => {
    await window?.close();
    await arm?.dispose();
    await runtime?.dispose();
    if (folder) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const press = (label: string) => panel.locator('vscode-button', { hasText: label }).first().click();

  /** Answers a modal question. */
  async function confirm(question: string, verb: string): Promise<void> {
    const dialog = window.page.locator('.monaco-dialog-box', { hasText: question });
    await dialog.waitFor({ timeout: DEPLOY_MS });
    await dialog.locator('.monaco-button', { hasText: verb }).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  /** Chooses the row that begins with this, once it is there. */
  async function pick(placeholder: string, label: string): Promise<void> {
    const input = window.page.getByPlaceholder(placeholder);
    await input.waitFor({ timeout: DEPLOY_MS });
    await window.page
      .locator('.quick-input-list .monaco-list-row', { hasText: label })
      .first()
      .click({ timeout: DEPLOY_MS });
    await input.waitFor({ state: 'hidden' });
  }

  async function type(question: string, text: string): Promise<void> {
    await window.page.locator('.quick-input-widget', { hasText: question }).waitFor();
    const input = window.page.locator('.quick-input-widget input').first();
    await input.fill(text);
    await input.press('Enter');
  }

  /** A row of a view by the beginning of what is read of it. */
  const row = (view: string, label: string) => window.rows(view).and(window.page.locator(`[aria-label^="${label}"]`));

  /** The ids of the agents below each runtime, sorted. */
  async function agentsByRuntime(): Promise<Record<string, string[]>> {
    const found: Record<string, string[]> = {};
    for (const label of await window.rows('Agents').evaluateAll((rows) => rows.map((one) => one.ariaLabel ?? ''))) {
      const id = /^agent (\w+),/.exec(label)?.[1];
      if (id !== undefined) Object.values(found).at(-1)?.push(id);
      else if (!label.startsWith('replica-')) found[label.split(',')[0]!] = [];
    }
    for (const ids of Object.values(found)) ids.sort();
    return found;
  }

  /** How often an agent of the deployed runtime was asked. */
  async function requestsOf(id: string): Promise<number> {
    const response = await fetch(new URL(`/api/agents/${id}`, runtime.url), {
      headers: { authorization: `Bearer ${runtime.token}` },
    });
    return agentViewSchema.parse(await response.json()).usage.requests;
  }

  async function deploy(): Promise<void> {
    await press('Deploy');
    await confirm('a month?', 'Deploy');
  }

  it('signs in, and answers where to deploy what', async () => {
    await window.run('AOS: Deploy to Azure…');
    await confirm('wants to sign in', 'Allow');
    await pick('Subscription that pays for it', 'Contoso');
    await pick('Where the replicas run', 'Container Apps');
    await pick('Where the model runs', 'open base model');
    await pick('Region', 'West US 3');
    await type('Resource group', 'aos-rg');
    await type('Name that all resources begin with', 'boardroom');
    await type('Application (client) id', AUDIENCE);
  });

  it('sees what would change and what it costs, before anything does', async () => {
    panel = await window.webview('table.changes');
    const summary = await panel.locator('.summary').textContent();
    expect(summary).toMatch(/\+\d+ create/);
    expect(summary).toMatch(/\$[\d,]+ a month plus use/);
    expect(await panel.locator('tr.group').allInnerTexts()).toEqual(
      expect.arrayContaining([expect.stringMatching(/^Service Bus/), expect.stringMatching(/^Container Apps/)]),
    );
    expect([...arm.state.groups.keys()]).toEqual([]);
    await window.screenshot('1-what-if');
  });

  it('sees it in high contrast and in a narrow window too', async () => {
    await chooseTheme(window, 'Dark High Contrast');
    await window.screenshot('1-what-if-high-contrast');
    await window.page.setViewportSize({ width: 1000, height: 700 });
    // Tables may scroll sideways, in their own boxes; the page does not.
    await expect.poll(() => panel.locator('.scroller').evaluate((page) => page.scrollWidth - page.clientWidth)).toBe(0);
    await window.screenshot('1-what-if-narrow');
    await window.page.setViewportSize({ width: 1400, height: 900 });
    await chooseTheme(window, 'Light 2026');
  });

  it('is told what failed, why, and what to do', async () => {
    arm.fail('quota');
    await deploy();
    await panel.locator('.failure').waitFor({ timeout: DEPLOY_MS });
    expect(await panel.locator('.failure').textContent()).toMatch(/QuotaExceeded: .*NCA100/);
    expect(await panel.locator('.failure vscode-button').allInnerTexts()).toEqual([
      'Request Quota',
      'Use My Own Endpoint…',
      'Choose Another Region…',
    ]);
    await window.screenshot('2-failed');
  });

  it('deploys again, which goes on from there, and watches it', async () => {
    arm.heal();
    await press('Deploy Again');
    await panel.locator('table.changes').waitFor({ timeout: DEPLOY_MS });
    await deploy();
    await panel.locator('table.operations tr.running').first().waitFor({ timeout: DEPLOY_MS });
    await window.statusBar('AOS deploying').waitFor();
    await window.screenshot('3-progress');
  });

  it('sees where it is, and that it works', async () => {
    await panel.getByText('Your agents run in Azure.').waitFor({ timeout: DEPLOY_MS });
    expect(await panel.locator('.smoke li.passed').count()).toBe(6);
    await window.statusBar('AOS deploying').waitFor({ state: 'hidden' });
    await window.screenshot('4-result');
  });

  it('connects, and has the deployed agents in the same trees, beside the local runtime', async () => {
    await press('Connect');
    await window.statusBar('AOS aos-rg').waitFor({ timeout: DEPLOY_MS });
    await agentRow(window, 'ceo').waitFor();
    const stopped = row('Agents', 'Local, stopped · this machine');
    await stopped.hover();
    await stopped.locator('.action-label[aria-label^="Start Runtime"]').click();
    await row('Agents', 'Local, running · this machine').waitFor({ timeout: DEPLOY_MS });
    const ids = ['ceo', 'cfo', 'cmo', 'coo', 'cto'];
    await expect.poll(agentsByRuntime, { timeout: DEPLOY_MS }).toEqual({ Local: ids, 'aos-rg': ids });
    // Closed, it leaves room for the other one.
    for (const view of ['Adapters', 'Cloud']) await row(view, 'Local, running · this machine').click();
    for (const view of ['Agents', 'Adapters', 'Cloud']) {
      await row(view, 'Local, running · this machine').waitFor();
      await row(view, 'aos-rg, Azure · connected · in use').waitFor();
    }
    await window.statusBar('AOS aos-rg').waitFor();
    await window.screenshot('5-connected');
  });

  it('uses the local runtime, then asks a deployed agent from its row', async () => {
    await window.run('AOS: Use the Local Runtime');
    await window.statusBar('AOS 5 agents').waitFor();
    await row('Agents', 'aos-rg, Azure · connected').waitFor();
    const before = await requestsOf('cfo');
    // The deployed one is below the local one.
    const cfo = agentRow(window, 'cfo').last();
    await cfo.hover();
    await cfo.locator('.action-label[aria-label^="Ask Agent"]').click();
    const ask = await AskPanel.find(window);
    await window.statusBar('AOS aos-rg').waitFor();
    const { text } = await ask.answer(await ask.ask('What did we spend in the second quarter?'));
    expect(text).not.toBe('');
    await expect.poll(() => requestsOf('cfo')).toBe(before + 1);
    await window.screenshot('6-asked-beside');
  });

  it('deletes everything, after it has typed the name', async () => {
    await window.run('AOS: Delete Deployment…');
    await confirm('Delete everything AOS deployed to aos-rg?', 'Delete Resource Group');
    await type('Type aos-rg to delete it.', 'aos-rg');
    await window.webview('text=Nothing of this workspace is deployed.');
    expect([...arm.state.groups.keys()]).toEqual([]);
    await row('Agents', 'aos-rg').waitFor({ state: 'hidden' });
  });
});

/** A copy of the boardroom whose window is set to the stand-in: a window with an extension under development reads no user settings. */
function workspaceFor(folder: string, { url }: Arm): string {
  const workspace = path.join(folder, 'boardroom');
  cpSync(BOARDROOM, workspace, { recursive: true, filter: (file) => path.basename(file) !== '.aos' });
  const file = path.join(workspace, '.vscode/settings.json');
  mkdirSync(path.dirname(file), { recursive: true });
  const before = readSettings(file);
  const customEnvironment = {
    ...{
      name: 'Stand-in',
      portalUrl: 'https://portal.example',
      managementEndpointUrl: url,
      resourceManagerEndpointUrl: url,
    },
    ...{ activeDirectoryEndpointUrl: url, activeDirectoryResourceId: url },
  };
  const settings = {
    ...before,
    // So that the agents of two runtimes have room in the view.
    'aos.agents.groupBy': 'none',
    'microsoft-sovereign-cloud.environment': 'custom',
    'microsoft-sovereign-cloud.customEnvironment': customEnvironment,
  };
  writeFileSync(file, JSON.stringify(settings, undefined, 2));
  return workspace;
}

function readSettings(file: string): object {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
