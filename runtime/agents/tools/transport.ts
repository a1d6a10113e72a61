import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

/** A way to a server that is not open yet. */
export interface ServerTransport {
  transport: Transport;
  /** What the server last wrote to its standard error; empty where it has none. */
  lastWords(): string;
  /** After the session was closed: waits, for a bounded time, until nothing of it is left. */
  gone(): Promise<void>;
  /** Tells the server that the session ends, where the protocol has a word for it. */
  sayGoodbye(): Promise<void>;
}

export interface TransportOptions {
  /** The secret behind a reference that stands under this name in `env` or `headers`. */
  secretOf: (name: string, reference: string) => string;
  /** Longest message, bytes; a longer one breaks the transport. */
  maxMessageBytes: number;
  /** The transport cannot be used any more, and the SDK does not say so by itself. */
  onBroken: (error: Error) => void;
}

export function secretsOf(
  references: Record<string, string>,
  secretOf: TransportOptions['secretOf'],
): Record<string, string> {
  return Object.fromEntries(Object.entries(references).map(([name, reference]) => [name, secretOf(name, reference)]));
}
