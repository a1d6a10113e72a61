import { fork } from 'node:child_process';
import { on, once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { launcherEventSchema } from '../../../runtime/contracts/launcher.ts';
import { ROOT } from './vscode.ts';

/** What runs "in Azure": a runtime of its own, on this machine, that takes one token. */
export interface DeployedRuntime {
  url: string;
  token: string;
  dispose(): Promise<void>;
}

export async function startDeployedRuntime(workspace: string): Promise<DeployedRuntime> {
  const home = mkdtempSync(path.join(os.tmpdir(), 'aos-deployed-'));
  const folder = path.join(home, 'workspace');
  cpSync(workspace, folder, { recursive: true, filter: (file) => path.basename(file) !== '.aos' });
  const args = ['up', folder, '--memory', '--port', '0', '--replicas', '1', '--json'];
  const child = fork(path.join(ROOT, 'dist/runtime/main.js'), args, {
    silent: true,
    env: { ...process.env, AOS_HOME: path.join(home, 'aos') },
  });
  let log = '';
  child.stderr?.on('data', (chunk) => (log += chunk));
  child.stdout?.resume();
  const ended = once(child, 'exit');
  const dispose = async () => {
    if (child.connected) child.send({ type: 'stop' });
    await ended;
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    for await (const [message] of on(child, 'message', { close: ['exit'] })) {
      const event = launcherEventSchema.parse(message);
      if (event.type === 'failed') throw new Error(event.message);
      if (event.type === 'ready') return { url: event.ready.http, token: event.ready.token, dispose };
    }
    throw new Error(`the deployed runtime did not start:\n${log}`);
  } catch (error) {
    await dispose();
    throw error;
  }
}
