import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { withSetupLock } from '../../../scripts/lib/setup-lock.mjs';

function useLockFile(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'aos-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return path.join(folder, 'sub/lock');
}

describe('the lock around installing and building', () => {
  it('lets one in after the other, and is given back when the work fails', async () => {
    const file = useLockFile();
    const events: string[] = [];
    const work = (name: string, fail = false) =>
      withSetupLock(async () => {
        events.push(`${name} begins`);
        await new Promise(setImmediate);
        events.push(`${name} ends`);
        if (fail) throw new Error(name);
      }, file);
    const first = work('first', true);
    const second = work('second');
    await expect(first).rejects.toThrow('first');
    await second;
    expect(events).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
    expect(existsSync(file)).toBe(false);
  });

  it('is taken over from a process that has died', async () => {
    const file = useLockFile();
    await withSetupLock(async () => undefined, file);
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(file, String(pid));
    expect(await withSetupLock(async () => 'done', file)).toBe('done');
  });
});
