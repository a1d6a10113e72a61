import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { McpServerConfig } from '../../contracts/tools.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { httpTransport } from './http-transport.ts';
import { maskOf } from './secret-mask.ts';
import { stdioTransport } from './stdio-transport.ts';

export interface SessionOptions {
  config: McpServerConfig;
  /** Folder of aos.json. */
  folder: string;
  /** The secret behind the reference that stands under this name in `env` or `headers`. */
  secretOf: (name: string, reference: string) => string;
  logger: Logger;
  /** Gives the start up. */
  signal: AbortSignal;
}

/** A session with an MCP server; for one over stdio, its process too. */
export interface Session {
  readonly client: Client;
  /** Aborts when the session has ended, by itself or by `close`. */
  readonly ended: AbortSignal;
  /** Takes the secrets that the server was given out of a text. */
  mask(text: string): string;
  /** What an error says, without secrets, and what the server last wrote to its standard error. */
  explain(error: unknown): string;
  /** Ends it and its process. Never throws. */
  close(): Promise<void>;
}

/** A call whose answer is somewhat too large shall fail alone, and not break the session for the others. */
const TRANSPORT_LIMIT_FACTOR = 4;
const CLIENT = { name: 'aos-studio', version: '1' };

/**
 * Starts or reaches a server, and agrees on the protocol with it.
 * @throws Error one line without secrets, when nothing of it is left; errors of `secretOf` as they are
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { config, folder, logger, signal } = options;
  const secrets: string[] = [];
  const mask = (text: string) => maskOf(secrets)(text);
  const ended = new AbortController();
  const shared = {
    secretOf: (name: string, reference: string) => {
      const secret = options.secretOf(name, reference);
      secrets.push(secret);
      return secret;
    },
    maxMessageBytes: config.max_output_bytes * TRANSPORT_LIMIT_FACTOR,
    onBroken: (error: Error) => ended.abort(error),
  };
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
  const way =
    config.type === 'stdio'
      ? await stdioTransport({ ...shared, config, folder, logger, mask })
      : await httpTransport({ ...shared, config });

  const client = new Client(CLIENT, { capabilities: {} });
  client.onerror = (error) => logger.debug('the MCP session reports an error', { error: mask(messageOf(error)) });
  client.onclose = () => ended.abort(new Error('it has ended'));

  const close = async () => {
    ended.abort(new Error('it was closed'));
    for (const step of [() => way.sayGoodbye(), () => client.close(), () => way.gone()]) {
      await step().catch((error) =>
        logger.debug('an MCP session did not end cleanly', { error: mask(messageOf(error)) }),
      );
    }
  };
  const explain = (error: unknown) => {
    const words = way.lastWords();
    return mask(messageOf(error)) + (words ? ` (its last words: ${words})` : '');
  };
  try {
    await client.connect(way.transport, { signal, timeout: config.start_timeout_seconds * 1000 });
  } catch (error) {
    await close();
    // Not as its cause: the text of an error may repeat a secret, and a logger writes causes as they are.
    throw new Error(explain(error));
  }
  return { client, ended: ended.signal, mask, explain, close };
}
