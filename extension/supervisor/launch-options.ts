/** What a start of the runtime needs to know; from settings, never from aos.json (the launcher reads that itself). */
export interface LaunchOptions {
  /** `dist/runtime/main.js`. */
  main: string;
  folder: string;
  /** Folder of the local cloud's data; undefined: nothing is kept on disk. */
  dataDir: string | undefined;
  /** 0: as many as aos.json says. */
  replicas: number;
  /** 0: any free port. */
  port: number;
  /** Whether a process that ended by itself is started again. */
  restart: boolean;
  /** Arguments for the replicas' Node. */
  nodeArguments: readonly string[];
  logLevel: 'info' | 'debug' | 'trace';
  /** Variables of the person's environment file, of settings and of secrets. */
  environment: Record<string, string>;
}

/** Arguments of `main.js up`. */
export function launchArguments(options: LaunchOptions): string[] {
  const { folder, dataDir, replicas, port, restart } = options;
  return [
    'up',
    folder,
    '--json',
    ...(replicas > 0 ? ['--replicas', String(replicas)] : []),
    '--port',
    String(port),
    ...(dataDir === undefined ? ['--memory'] : ['--data', dataDir]),
    ...(restart ? [] : ['--no-restart']),
  ];
}

/** The launcher's environment: a plain Node's, the person's file, settings and secrets. */
export function launchEnvironment(options: LaunchOptions, base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...nodeEnvironment(base),
    ...options.environment,
    AOS_LOG_LEVEL: options.logLevel,
    AOS_NODE_ARGUMENTS: JSON.stringify(options.nodeArguments),
    ELECTRON_RUN_AS_NODE: '1',
  };
}

/** The environment of VS Code without what belongs to its own processes, and with what makes its executable a plain Node. */
export function nodeEnvironment(base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // VSCODE_* and NODE_OPTIONS change how a Node process starts or reports when it is a child of VS Code.
  const inherited = Object.entries(base).filter(([name]) => !name.startsWith('VSCODE_') && name !== 'NODE_OPTIONS');
  return { ...Object.fromEntries(inherited), ELECTRON_RUN_AS_NODE: '1' };
}
