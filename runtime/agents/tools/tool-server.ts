import type { RequestOptions } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { AosError, isAosError, messageOf } from '../../core/errors.ts';
import { deadline } from '../../reliability/deadline.ts';
import { type Lease, type ServerOptions, ServerSessions } from './server-sessions.ts';
import type { Session } from './session.ts';
import { type ToolResult, toToolResult } from './tool-result.ts';

export interface Tool {
  name: string;
  description: string | undefined;
  /** JSON Schema of its arguments. */
  inputSchema: Record<string, unknown>;
}

export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** Longest time of the call itself, ms; the start of the server has its own. Default: `timeout_seconds` of the server. */
  timeoutMs?: number | undefined;
}

const MAX_PAGES = 100;
/** Our own deadline is the one that counts; without this the SDK has one of 60 s. */
const NO_SDK_TIMEOUT_MS = 2 ** 31 - 1;

/** The tools of one MCP server. */
export class ToolServer {
  readonly #options: ServerOptions;
  readonly #sessions: ServerSessions;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#sessions = new ServerSessions(options);
  }

  /** @throws AosError AOS_TOOL_FAILED, AOS_DEADLINE, AOS_DISPOSED; the signal's reason */
  async listTools(options: CallOptions = {}): Promise<Tool[]> {
    const { answer } = await this.#request('it listed its tools', options, async ({ client }, request) => {
      const tools: Tool[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < MAX_PAGES; page++) {
        const listed = await client.listTools(cursor === undefined ? {} : { cursor }, request);
        tools.push(...listed.tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema })));
        cursor = listed.nextCursor;
        if (cursor === undefined) break;
      }
      return tools;
    });
    return answer;
  }

  /**
   * Calls a tool once: a failed call is not made again, since it may have had its effect.
   * @throws AosError AOS_TOOL_FAILED, AOS_DEADLINE, AOS_DISPOSED; the signal's reason
   */
  async call(tool: string, args: Record<string, unknown>, options: CallOptions = {}): Promise<ToolResult> {
    const { answer, session } = await this.#request(`it ran ${tool}`, options, ({ client }, request) =>
      client.callTool({ name: tool, arguments: args }, undefined, request),
    );
    return toToolResult(`${this.#options.name}/${tool}`, answer as CallToolResult, {
      maxBytes: this.#options.config.max_output_bytes,
      mask: session.mask,
    });
  }

  /** Ends the server, and every call that still runs with AOS_DISPOSED. Idempotent. */
  dispose(): Promise<void> {
    return this.#sessions.dispose();
  }

  async #request<T>(
    what: string,
    { signal, timeoutMs = this.#options.config.timeout_seconds * 1000 }: CallOptions,
    work: (session: Session, request: RequestOptions) => Promise<T>,
  ): Promise<{ answer: T; session: Session }> {
    for (let attempt = 1; ; attempt++) {
      const lease = await this.#sessions.take(signal);
      const { session } = lease;
      const limit = deadline(timeoutMs, signal, this.#options.clock);
      try {
        const either = AbortSignal.any([limit.signal, session.ended]);
        const answer = await work(session, { signal: either, timeout: NO_SDK_TIMEOUT_MS });
        this.#sessions.worked();
        return { answer, session };
      } catch (error) {
        if (attempt > 1 || !isSessionUnknown(error)) throw this.#toFailure(what, error, lease, limit.signal);
        this.#sessions.retire(lease);
      } finally {
        limit.dispose();
        this.#sessions.release(lease);
      }
    }
  }

  #toFailure(what: string, error: unknown, lease: Lease, limit: AbortSignal): unknown {
    const { name } = this.#options;
    const { session } = lease;
    if (this.#sessions.disposing.aborted) return this.#sessions.disposing.reason;
    if (limit.aborted) {
      void this.#sessions.check(lease);
      const isOurs = isAosError(limit.reason) && limit.reason.code === 'AOS_DEADLINE';
      return isOurs
        ? new AosError('AOS_DEADLINE', `The MCP server ${name} did not answer while ${what}. ${limit.reason.message}`)
        : limit.reason;
    }
    if (session.ended.aborted) {
      const why = session.explain(session.ended.reason);
      return new AosError(
        'AOS_TOOL_FAILED',
        `The MCP server ${name} was lost while ${what}: ${why}. The next call starts it again.`,
      );
    }
    if (!isProtocolError(error)) this.#sessions.failed(lease);
    return new AosError(
      'AOS_TOOL_FAILED',
      `The MCP server ${name} failed while ${what}: ${session.mask(messageOf(error))}`,
    );
  }
}

/** HTTP status 404: the server does not know the session, as after its restart, and has not looked at the call (MCP 2025-11-25). */
const isSessionUnknown = (error: unknown) => error instanceof Error && 'code' in error && error.code === 404;

/** The server has answered, with an error. */
const isProtocolError = (error: unknown) => error instanceof Error && error.name === 'McpError';
