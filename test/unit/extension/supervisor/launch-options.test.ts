import { describe, expect, it } from 'vitest';
import {
  type LaunchOptions,
  launchArguments,
  launchEnvironment,
} from '../../../../extension/supervisor/launch-options.ts';

const options: LaunchOptions = {
  main: 'dist/runtime/main.js',
  folder: '/home/ada/my folder',
  dataDir: '/data',
  replicas: 0,
  port: 7071,
  restart: true,
  nodeArguments: ['--max-old-space-size=512'],
  logLevel: 'debug',
  environment: { OPENAI_API_KEY: 'secret' },
};

describe('the arguments of a start', () => {
  it('leaves the number of replicas to aos.json', () => {
    expect(launchArguments(options)).toEqual([
      'up',
      '/home/ada/my folder',
      '--json',
      '--port',
      '7071',
      '--data',
      '/data',
    ]);
  });

  it('keeps nothing on disk without a data folder', () => {
    const args = launchArguments({ ...options, dataDir: undefined, replicas: 3, restart: false });
    expect(args).toEqual([
      'up',
      '/home/ada/my folder',
      '--json',
      '--replicas',
      '3',
      '--port',
      '7071',
      '--memory',
      '--no-restart',
    ]);
  });
});

describe('the environment of a start', () => {
  const environment = launchEnvironment(options, {
    PATH: '/usr/bin',
    VSCODE_IPC_HOOK: 'x',
    VSCODE_INSPECTOR_OPTIONS: '{}',
    NODE_OPTIONS: '--inspect',
    OPENAI_API_KEY: 'of the shell',
  });

  it('has nothing that belongs to processes of VS Code', () => {
    expect(Object.keys(environment).filter((name) => name.startsWith('VSCODE_') || name === 'NODE_OPTIONS')).toEqual(
      [],
    );
  });

  it('makes a plain Node of the executable, with the person’s file before the shell', () => {
    expect(environment).toMatchObject({
      PATH: '/usr/bin',
      ELECTRON_RUN_AS_NODE: '1',
      OPENAI_API_KEY: 'secret',
      AOS_LOG_LEVEL: 'debug',
      AOS_NODE_ARGUMENTS: '["--max-old-space-size=512"]',
    });
  });

  it('carries no key on the command line', () => {
    expect(launchArguments(options).join(' ')).not.toContain('secret');
  });
});
