import path from 'node:path';
import { VsCodeWindow } from '../e2e/support/vscode.ts';
import { type Figure, median, ms } from './support/figures.ts';
import { ROOT } from './support/processes.ts';

const ROUNDS = 3;
/** An extension under development is listed by its id. */
const OURS = 'aos-studio.aos-studio';
/** Comes with VS Code and activates in every window: the yardstick of the same run. */
const PEER = 'Git';

/** The activation times that VS Code itself reports in *Developer: Show Running Extensions*. */
export async function benchActivation(): Promise<Figure[]> {
  const samples: Record<string, number[]> = { [OURS]: [], [PEER]: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const window = await VsCodeWindow.open({
      name: 'bench-activation',
      workspace: path.join(ROOT, 'examples/boardroom'),
      settings: { 'aos.runtime.autoStart': 'never' },
    });
    try {
      await window.statusBar('AOS stopped').waitFor({ timeout: 60_000 });
      // Tall enough for the whole list, of which VS Code draws what can be seen only.
      await window.page.setViewportSize({ width: 1400, height: 2400 });
      await window.run('Developer: Show Running Extensions');
      for (const name of [OURS, PEER]) samples[name]?.push(await reported(window, name));
    } finally {
      await window.close();
    }
  }
  const [ours, peer] = [median(samples[OURS] ?? []), median(samples[PEER] ?? [])];
  return [
    {
      name: 'activation of the extension',
      ours: ms(ours),
      peer: `built-in Git extension ${ms(peer)}`,
      ratio: ours / peer,
    },
  ];
}

async function reported(window: VsCodeWindow, name: string): Promise<number> {
  const row = window.page
    .locator('.monaco-list-row:has(.activation-time)')
    .filter({ has: window.page.locator('.name', { hasText: new RegExp(`^${name}$`) }) });
  const time = row.locator('.activation-time', { hasText: /\d+ms/ });
  await time.waitFor({ timeout: 60_000 });
  return Number(/(\d+)ms/.exec((await time.textContent()) ?? '')?.[1]);
}
