import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LaunchOptions } from '../../../../extension/supervisor/launch-options.ts';
import { type LauncherHandlers, startLauncher } from '../../../../extension/supervisor/launcher-process.ts';
import type { LogRecord } from '../../../../extension/supervisor/log-format.ts';
import type { LauncherEvent } from '../../../../runtime/contracts/launcher.ts';

/** A launcher that says what it got, logs, and obeys or not. */
const SCRIPT = `
process.send({ type: 'port', service: 'http', wanted: 7071, taken: 7072 });
process.send({ type: 'nonsense' });
process.stderr.write(JSON.stringify({ time: 't', level: 'info', scope: 'launcher', message: process.argv.slice(2).join(' ') }) + '\\n');
process.stdout.write('x'.repeat(1024 * 1024));
process.on('disconnect', () => process.exit(0));
process.on('message', ({ type }) => type === 'stop' && !process.env.DEAF && process.exit(3));
`;

let folder: string;
let main: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'aos-launcher-'));
  main = path.join(folder, 'main.mjs');
  await writeFile(main, SCRIPT);
});
afterAll(() => rm(folder, { recursive: true }));

function start(environment: Record<string, string> = {}) {
  const events: LauncherEvent[] = [];
  const logs: LogRecord[] = [];
  const exited = Promise.withResolvers<Parameters<LauncherHandlers['onExit']>[0]>();
  const spoke = Promise.withResolvers<void>();
  const options: LaunchOptions = {
    main,
    folder,
    dataDir: undefined,
    replicas: 0,
    port: 0,
    restart: true,
    nodeArguments: [],
    logLevel: 'info',
    environment,
  };
  const launcher = startLauncher(options, {
    onEvent: (event) => events.push(event),
    onLog: (record) => {
      logs.push(record);
      if (record.scope === 'launcher') spoke.resolve();
    },
    onExit: exited.resolve,
  });
  return { launcher, events, logs, exited: exited.promise, spoke: spoke.promise };
}

describe('a launcher process', () => {
  it('tells events and log records, and stops when asked', async () => {
    const { launcher, events, logs, exited, spoke } = start();
    await spoke;
    await launcher.stop();
    expect(await exited).toEqual({ code: 3, signal: null });
    expect(events).toEqual([{ type: 'port', service: 'http', wanted: 7071, taken: 7072 }]);
    expect(logs.find(({ scope }) => scope === 'launcher')?.message).toBe(`up ${folder} --json --port 0 --memory`);
    expect(logs.find(({ level }) => level === 'warn')?.message).toMatch(/does not know/);
  });

  it('ends by force one that does not listen', async () => {
    const { launcher, exited, spoke } = start({ DEAF: '1' });
    await spoke;
    await launcher.stop({ graceMs: 50 });
    expect((await exited).code).not.toBe(3);
  });

  it('says that its folder is gone as an end without a code', async () => {
    const exited = Promise.withResolvers<Parameters<LauncherHandlers['onExit']>[0]>();
    const options = {
      main,
      folder: path.join(folder, 'gone'),
      dataDir: undefined,
      replicas: 0,
      port: 0,
      restart: true,
    };
    startLauncher(
      { ...options, nodeArguments: [], logLevel: 'info', environment: {} },
      { onEvent: () => undefined, onLog: () => undefined, onExit: exited.resolve },
    );
    expect(await exited.promise).toEqual({ code: null, signal: null });
  });
});
