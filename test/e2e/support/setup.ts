/** For every file of the suite: a picture of each open window when a test fails, and no window left open. */
import { afterAll, afterEach, expect } from 'vitest';
import { openWindows } from './vscode.ts';

afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  for (const window of openWindows()) {
    const file = await window.screenshot(`failed-${task.name.replace(/\W+/g, '-').slice(0, 60)}`);
    console.error(`the window when it failed: ${file}`);
  }
});

afterAll(async () => {
  const left = openWindows();
  for (const window of left) await window.close();
  expect(
    left.map(({ name }) => name),
    'windows that no test has closed',
  ).toEqual([]);
});
