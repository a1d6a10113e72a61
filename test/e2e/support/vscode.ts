import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Frame, Locator, Page } from 'playwright-core';
import { type CodeServer, startCodeServer } from '../../../scripts/vscode/code-server.mjs';
import { loadExtensions, startBrowser, workbenchUrl } from '../../../scripts/vscode/workbench.mjs';
import { endLeftovers } from './processes.ts';

export const ROOT = path.resolve(import.meta.dirname, '../../..');
const RESULTS = path.join(ROOT, 'test-results');
/** A loaded machine opens a window in 20 s. */
const WINDOW_MS = 60_000;
/** The runtime stops in order when its extension host is gone. */
const END_MS = 15_000;

export interface WindowOptions {
  /** Name of the run: part of the names of its screenshots and of its copy of the workspace. */
  name: string;
  /** Folder to open a copy of; none: an empty window. */
  workspace?: string;
  /** User settings. */
  settings?: Record<string, unknown>;
  /** Default `Dark 2026`. */
  theme?: string;
  /** Environment of the extension host, and of what it starts. */
  env?: Record<string, string>;
  /** Folders of further extensions, for tests only. */
  extensions?: string[];
}

const open = new Set<VsCodeWindow>();

/** The windows that are open now, in the order in which they were opened. */
export const openWindows = (): VsCodeWindow[] => [...open];

/**
 * A real VS Code window with the extension of the working tree, and a person's hands in it: code-server and a headless
 * Chromium, with user data, extension data (`AOS_HOME`) and a copy of the workspace of its own.
 *
 *   const window = await VsCodeWindow.open({ name: 'boardroom', workspace: path.join(ROOT, 'examples/boardroom') });
 *   await window.showAos();
 *   await window.run('AOS: Start Runtime');
 *   await window.statusBar('AOS 5 agents').waitFor();
 *   await window.close();
 *
 * For all else there is Playwright's `window.page`. When a test fails, a picture of every open window is kept.
 */
export class VsCodeWindow {
  readonly name: string;
  readonly page: Page;
  /** The copy that is open. */
  readonly workspace: string | undefined;
  readonly #server: CodeServer;
  readonly #browser: Browser;

  private constructor(parts: {
    name: string;
    page: Page;
    workspace: string | undefined;
    server: CodeServer;
    browser: Browser;
  }) {
    this.name = parts.name;
    this.page = parts.page;
    this.workspace = parts.workspace;
    this.#server = parts.server;
    this.#browser = parts.browser;
  }

  /** Resolves when the workbench is there; the extension is active some seconds later. */
  static async open(options: WindowOptions): Promise<VsCodeWindow> {
    const { name, workspace, settings = {}, theme = 'Dark 2026', env = {}, extensions = [] } = options;
    const started: (() => Promise<unknown>)[] = [];
    try {
      const copy = workspace && copyOf(workspace, name);
      const server = await startCodeServer({
        env,
        settings: { 'workbench.colorTheme': theme, 'window.titleBarStyle': 'native', ...settings },
      });
      started.push(server.stop);
      const browser = await startBrowser();
      started.push(() => browser.close());
      const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
      await loadExtensions(page, [ROOT, ...extensions]);
      await page.goto(workbenchUrl(server, copy));
      await page.locator('.monaco-workbench').waitFor({ timeout: WINDOW_MS });
      const window = new VsCodeWindow({ name, page, workspace: copy, server, browser });
      open.add(window);
      return window;
    } catch (error) {
      for (const stop of started.reverse()) await stop();
      throw error;
    }
  }

  /** Shows the AOS views. */
  async showAos(): Promise<void> {
    const entry = '.activitybar .action-label[aria-label^="AOS"], .composite-bar .action-label[aria-label^="AOS"]';
    await this.page.locator(entry).first().click({ timeout: WINDOW_MS });
  }

  /** Runs a command by its title, e.g. `AOS: Start Runtime`, the way a person does. */
  async run(title: string): Promise<void> {
    // F1 would only close the palette of the command before.
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    await this.page.keyboard.press('F1');
    const input = this.page.locator('.quick-input-widget input').first();
    await input.fill(`>${title}`);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().waitFor();
    await this.page.keyboard.press('Enter');
  }

  /** Rows of a tree by the title of its view, e.g. `Agents`. */
  rows(view: string): Locator {
    return this.page.locator(`.pane:has(.pane-header[aria-label^="${view}"]) .monaco-list-row`);
  }

  /** The entry of the status bar that has this text. */
  statusBar(text: string): Locator {
    return this.page.locator('.statusbar-item', { hasText: text });
  }

  /** The inner frame of a webview that has an element of this selector. */
  async webview(selector: string): Promise<Frame> {
    const end = performance.now() + WINDOW_MS;
    while (performance.now() < end) {
      for (const frame of this.page.frames()) {
        // A frame that is just being replaced has no element either.
        const has = await frame
          .locator(selector)
          .count()
          .catch(() => 0);
        if (has > 0) return frame;
      }
      await this.page.waitForTimeout(100);
    }
    throw new Error(`no webview shows ${selector}`);
  }

  /** Where its runtimes are written down, for `listInstances`. */
  get instances(): string {
    return path.join(this.#server.dir, 'aos/instances');
  }

  /** Keeps a picture as test-results/<run>-<what>.png. */
  async screenshot(what: string): Promise<string> {
    const file = path.join(RESULTS, `${this.name}-${what}.png`);
    mkdirSync(RESULTS, { recursive: true });
    await this.page.screenshot({ path: file });
    return file;
  }

  /** Ends the window, the server, the extension host and all it has started. @throws when a process had to be killed */
  async close(): Promise<void> {
    if (!open.delete(this)) return;
    await this.#browser.close();
    await this.#server.stop();
    const left = await endLeftovers(this.#server.dir, { patienceMs: END_MS });
    if (left.length > 0) throw new Error(`these processes outlived their window:\n${left.join('\n')}`);
  }
}

/** Two folders below the project, as the examples are: their relative paths hold. */
function copyOf(workspace: string, name: string): string {
  const copy = path.join(RESULTS, `workspace-${name}`);
  rmSync(copy, { recursive: true, force: true, maxRetries: 5 });
  mkdirSync(RESULTS, { recursive: true });
  cpSync(workspace, copy, { recursive: true, filter: (file) => path.basename(file) !== '.aos' });
  if (!existsSync(copy)) throw new Error(`${workspace} could not be copied`);
  return copy;
}
