import { execFile } from 'node:child_process';
import path from 'node:path';
import type { McpServerConfig } from '../../contracts/tools.ts';
import { sleep } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { type ServerTransport, secretsOf, type TransportOptions } from './transport.ts';

export interface StdioOptions extends TransportOptions {
  config: Extract<McpServerConfig, { type: 'stdio' }>;
  /** Folder of aos.json. */
  folder: string;
  /** Gets what the server writes to its standard error. */
  logger: Logger;
  /** Takes secrets out of it. */
  mask: (text: string) => string;
}

const LAST_WORDS_LENGTH = 1000;
/** The SDK closes the server's input, asks the process to end after 2 s and kills it after 4 s. */
const TREE_KILL_AFTER_MS = 1500;
const GONE_WITHIN_MS = 5000;

/** A server that is a process, spoken to over its standard input and output. */
export async function stdioTransport(options: StdioOptions): Promise<ServerTransport> {
  const { config, folder, logger, mask, secretOf, maxMessageBytes, onBroken } = options;
  const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js');
  const { promise: exited, resolve: setExited } = Promise.withResolvers<void>();
  let pid: number | null = null;

  class ServerProcess extends StdioClientTransport {
    override async start(): Promise<void> {
      await super.start();
      pid = this.pid;
    }

    override async close(): Promise<void> {
      if (pid !== null) endTreeOnWindows(pid, exited, logger);
      await super.close();
    }
  }

  const transport = new ServerProcess({
    command: config.command,
    args: config.args,
    env: secretsOf(config.env, secretOf),
    cwd: path.resolve(folder, config.cwd ?? '.'),
    stderr: 'pipe',
    maxBufferSize: maxMessageBytes,
  });
  transport.onclose = setExited;
  transport.onerror = (error) => {
    // When a line is too long the transport closes itself and leaves its calls waiting: then it has no process any more.
    queueMicrotask(() => pid !== null && transport.pid === null && onBroken(error));
  };
  let words = '';
  transport.stderr?.on('data', (chunk: Buffer) => {
    const text = mask(chunk.toString('utf8'));
    words = (words + text).slice(-LAST_WORDS_LENGTH);
    logger.debug(text.trimEnd());
  });
  return {
    transport,
    lastWords: () => words.trim(),
    gone: async () => {
      // A process that the server has left behind may keep its output open: that is not waited for.
      if (pid !== null) await Promise.race([exited, sleep(GONE_WITHIN_MS)]);
    },
    sayGoodbye: () => Promise.resolve(),
  };
}

/** A command like `npx` is a shell on Windows: ending the shell would leave the server under it. */
function endTreeOnWindows(pid: number, exited: Promise<void>, logger: Logger): void {
  if (process.platform !== 'win32') return;
  const timer = setTimeout(() => {
    execFile('taskkill', ['/pid', String(pid), '/T', '/F'], { windowsHide: true }, (error) => {
      if (error) logger.debug('the process tree of an MCP server could not be ended', { pid, error });
    });
  }, TREE_KILL_AFTER_MS);
  void exited.then(() => clearTimeout(timer));
}
