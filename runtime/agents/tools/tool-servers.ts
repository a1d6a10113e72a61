import type { McpServerConfig } from '../../contracts/tools.ts';
import { type Clock, systemClock } from '../../core/clock.ts';
import { AosError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { ToolResult } from './tool-result.ts';
import { type CallOptions, type Tool, ToolServer } from './tool-server.ts';

export interface ToolServersOptions {
  /** `mcp_servers` of aos.json. */
  servers: Record<string, McpServerConfig>;
  /** Folder of aos.json. */
  folder: string;
  /** The secret behind "env:NAME" or "secret:NAME"; `path` says where in aos.json it stands. @throws AosError if it is not set */
  resolveSecret: (path: string, reference: string) => string;
  clock?: Clock;
  logger: Logger;
}

/** The MCP servers of a workspace, each started when it is first used. */
export class ToolServers {
  readonly #options: ToolServersOptions;
  readonly #running = new Map<string, { config: McpServerConfig; server: ToolServer }>();
  #configs: Record<string, McpServerConfig>;
  #disposed: Promise<void> | undefined;

  constructor(options: ToolServersOptions) {
    this.#options = options;
    this.#configs = options.servers;
  }

  /**
   * @throws AosError AOS_NOT_FOUND for an unknown server, AOS_TOOL_FAILED if it does not start or fails, AOS_DEADLINE,
   *   AOS_CONFIG_INVALID for a secret that is not set, AOS_DISPOSED; the signal's reason
   */
  async listTools(server: string, options?: CallOptions): Promise<Tool[]> {
    return this.#server(server).listTools(options);
  }

  /**
   * Calls a tool once; a failed call is not made again.
   * @param args what the tool's `inputSchema` asks for
   * @throws AosError AOS_NOT_FOUND for an unknown server, AOS_TOOL_FAILED if it does not start, if the tool fails, or if its
   *   answer is too large, AOS_DEADLINE, AOS_CONFIG_INVALID for a secret that is not set, AOS_DISPOSED; the signal's reason
   */
  async call(
    server: string,
    tool: string,
    args: Record<string, unknown> = {},
    options?: CallOptions,
  ): Promise<ToolResult> {
    return this.#server(server).call(tool, args, options);
  }

  /** Takes a new `mcp_servers`: what is gone or has changed is ended, what is as before goes on. */
  async setConfig(servers: Record<string, McpServerConfig>): Promise<void> {
    this.#configs = servers;
    const outdated = [...this.#running].filter(
      ([name, { config }]) => JSON.stringify(config) !== JSON.stringify(servers[name]),
    );
    for (const [name] of outdated) this.#running.delete(name);
    await Promise.all(outdated.map(([, { server }]) => server.dispose()));
  }

  /** Ends all servers and every call that still runs. Idempotent. */
  dispose(): Promise<void> {
    this.#disposed ??= this.setConfig({});
    return this.#disposed;
  }

  #server(name: string): ToolServer {
    if (this.#disposed) throw new AosError('AOS_DISPOSED', 'The runtime is stopping: no more tools are called.');
    const running = this.#running.get(name);
    if (running) return running.server;
    const config = Object.hasOwn(this.#configs, name) ? this.#configs[name] : undefined;
    if (!config?.enabled) throw unknownServer(name, config, Object.keys(this.#configs));
    const { folder, resolveSecret, clock = systemClock, logger } = this.#options;
    const server = new ToolServer({ name, config, folder, resolveSecret, clock, logger: logger.child(name) });
    this.#running.set(name, { config, server });
    return server;
  }
}

function unknownServer(name: string, config: McpServerConfig | undefined, known: string[]): AosError {
  return new AosError(
    'AOS_NOT_FOUND',
    config
      ? `The MCP server ${name} is switched off: "enabled" of mcp_servers.${name} in aos.json is false.`
      : `There is no MCP server ${name}. mcp_servers of aos.json has ${known.join(', ') || 'none'}.`,
  );
}
