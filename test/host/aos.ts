import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { AosStudio } from '../../extension/extension.ts';
import type { RuntimeState } from '../../extension/supervisor/state.ts';
import type { AgentView } from '../../runtime/contracts/http.ts';

const EXTENSION_ID = 'aos-studio.aos-studio';
const PATIENCE_MS = 30_000;
const LOOK_AGAIN_MS = 50;

export type RunningState = Extract<RuntimeState, { kind: 'running' }>;

export function extension(): vscode.Extension<AosStudio> {
  const found = vscode.extensions.getExtension<AosStudio>(EXTENSION_ID);
  assert(found, `the extension ${EXTENSION_ID} is not installed`);
  return found;
}

/** The extension's parts; activates it if VS Code has not. */
export async function aos(): Promise<AosStudio> {
  return extension().activate();
}

/** Resolves with the first value of `look` that is not undefined or false. */
export function until<T>(what: string, look: () => T | undefined | false): Promise<T> {
  return untilAsync(what, async () => look());
}

/** As {@link until}, for a look that takes its time. */
export async function untilAsync<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  throw new Error(`Waited ${PATIENCE_MS / 1000} s in vain: ${what}`);
}

/** Starts the runtime as a person does, and waits for its agents. */
export async function startRuntime(): Promise<RunningState> {
  const { studio } = await aos();
  await vscode.commands.executeCommand('aos.start');
  const { state } = studio;
  assert.equal(state.kind, 'running', state.kind === 'failed' ? state.message : undefined);
  await until('the first snapshot', () => studio.live.agents.size > 0);
  return state as RunningState;
}

export async function stopRuntime(): Promise<void> {
  await vscode.commands.executeCommand('aos.stop');
}

export function allPids({ ready: { pids } }: RunningState): number[] {
  return [pids.launcher, pids.cloud, ...pids.replicas];
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH');
    return false;
  }
}

export async function agentNamed(id: string): Promise<AgentView | undefined> {
  return (await aos()).studio.live.agents.get(id);
}
