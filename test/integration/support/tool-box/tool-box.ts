import { setTimeout as pause } from 'node:timers/promises';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';

const say = (text: string) => ({ content: [{ type: 'text' as const, text }] });

/** A real MCP server whose tools behave well and badly. */
export function createToolBox(): McpServer {
  const server = new McpServer({ name: 'tool-box', version: '1.0.0' });
  server.registerTool(
    'add',
    { description: 'Adds two numbers', inputSchema: { a: z.number(), b: z.number() } },
    ({ a, b }) => say(String(a + b)),
  );
  server.registerTool('forecast', { outputSchema: { days: z.array(z.string()) } }, () => {
    const days = ['sun', 'rain'];
    return { ...say('sun, then rain'), structuredContent: { days } };
  });
  server.registerTool('pid', {}, () => say(String(process.pid)));
  server.registerTool('environment', { inputSchema: { name: z.string() } }, ({ name }) =>
    say(process.env[name] ?? 'not set'),
  );
  server.registerTool('refuse', {}, () => ({ ...say(`no, not with ${process.env.TOOL_BOX_KEY}`), isError: true }));
  server.registerTool(
    'wait',
    {},
    ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(say('cancelled')))),
  );
  server.registerTool('pause', { inputSchema: { ms: z.number() } }, async ({ ms }) => {
    await pause(ms);
    return say('rested');
  });
  server.registerTool('block', {}, () => {
    for (;;);
  });
  server.registerTool('crash', {}, () => {
    process.stderr.write(`out of luck, key ${process.env.TOOL_BOX_KEY}\n`);
    process.exit(3);
  });
  server.registerTool('talk', { inputSchema: { bytes: z.number() } }, ({ bytes }) => say('x'.repeat(bytes)));
  return server;
}
