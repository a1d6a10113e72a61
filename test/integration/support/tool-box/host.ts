import { ToolServers } from '../../../../runtime/agents/tools/tool-servers.ts';
import { mcpServersSchema } from '../../../../runtime/contracts/tools.ts';
import { silentLogger } from '../../../../runtime/core/logger.ts';
import { KEY, stdioBox } from './stdio-box.ts';

// A runtime in miniature, to be killed: it prints the process id of its MCP server and waits.
const tools = new ToolServers({
  servers: mcpServersSchema.parse({ box: stdioBox() }),
  folder: import.meta.dirname,
  resolveSecret: () => KEY,
  logger: silentLogger,
});
process.stdout.write((await tools.call('box', 'pid')).text);
setInterval(() => undefined, 60_000);
