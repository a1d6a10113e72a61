import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Memory } from '../../../../../extension/panels/capacity/chosen-plan.ts';

/** VS Code's memory of a workspace: values come back as JSON keeps them. */
export class TestMemory implements Memory {
  readonly #kept = new Map<string, string>();

  get(key: string): unknown {
    const text = this.#kept.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  async update(key: string, value: unknown): Promise<void> {
    this.#kept.set(key, JSON.stringify(value));
  }
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'aos-capacity-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
