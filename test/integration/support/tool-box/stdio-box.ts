import path from 'node:path';

export const KEY = 'k-4711-very-secret';

/** `mcp_servers.box` as aos.json would have it: the tool box over stdio. */
export const stdioBox = (settings: object = {}) => ({
  type: 'stdio',
  command: process.execPath,
  args: [path.join(import.meta.dirname, 'stdio-server.ts')],
  env: { TOOL_BOX_KEY: 'env:BOX_KEY' },
  ...settings,
});
