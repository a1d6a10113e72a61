import { onTestFinished } from 'vitest';
import { ToolServers, type ToolServersOptions } from '../../../../runtime/agents/tools/tool-servers.ts';
import { mcpServersSchema } from '../../../../runtime/contracts/tools.ts';
import { AosError } from '../../../../runtime/core/errors.ts';
import { createLogger } from '../../../../runtime/core/logger.ts';
import { KEY } from './stdio-box.ts';

/** ToolServers of this `mcp_servers`, disposed when the test is over, and everything they log. */
export function useToolServers(servers: Record<string, object>, options: Partial<ToolServersOptions> = {}) {
  const env: Record<string, string> = { BOX_KEY: KEY };
  const lines: string[] = [];
  const logger = createLogger({
    scope: 'tools',
    level: 'trace',
    write: (record) => lines.push(JSON.stringify(record)),
  });
  const tools = new ToolServers({
    servers: mcpServersSchema.parse(servers),
    folder: import.meta.dirname,
    resolveSecret: (at, reference) => {
      const value = env[reference.split(':')[1]!];
      if (value === undefined) throw new AosError('AOS_CONFIG_INVALID', `${at} of aos.json is not set`);
      return value;
    },
    logger,
    ...options,
  });
  onTestFinished(() => tools.dispose());
  return { tools, log: () => lines.join('\n') };
}
