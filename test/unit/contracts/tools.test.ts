import { describe, expect, it } from 'vitest';
import { allowsTool, mcpServersSchema, serverOfTool, toolReferencesSchema } from '../../../runtime/contracts/tools.ts';

describe('mcp_servers', () => {
  it('needs no more than a command or a URL', () => {
    const servers = mcpServersSchema.parse({
      files: { type: 'stdio', command: 'npx' },
      web: { type: 'http', url: 'https://example.com/mcp', headers: { Authorization: 'secret:WEB' } },
    });
    expect(servers.files).toEqual({
      type: 'stdio',
      command: 'npx',
      args: [],
      env: {},
      enabled: true,
      start_timeout_seconds: 30,
      timeout_seconds: 30,
      max_output_bytes: 1024 * 1024,
    });
    expect(servers.web).toMatchObject({ headers: { Authorization: 'secret:WEB' } });
  });

  it.each([
    ['a secret in the file', { type: 'stdio', command: 'npx', env: { KEY: 'ghp_123' } }],
    ['a header in the file', { type: 'http', url: 'https://example.com', headers: { Authorization: 'Bearer 1' } }],
    ['another kind of server', { type: 'websocket', url: 'ws://example.com' }],
    ['a URL that is none', { type: 'http', url: 'example' }],
  ])('refuses %s', (_, server) => {
    expect(mcpServersSchema.safeParse({ server }).success).toBe(false);
  });
});

describe('tools of an agent', () => {
  it.each(['github/search', 'github/*', 'git.hub-1/repo/search.all'])('may be %s', (tool) => {
    expect(toolReferencesSchema.parse([tool])).toEqual([tool]);
  });

  it.each(['github', '/search', 'github/', 'git hub/search', '*/search'])('may not be %j', (tool) => {
    expect(toolReferencesSchema.safeParse([tool]).success).toBe(false);
  });

  it('let it call what they name, and nothing else', () => {
    const tools = ['github/search', 'files/*'];
    expect(allowsTool(tools, 'github', 'search')).toBe(true);
    expect(allowsTool(tools, 'files', 'read')).toBe(true);
    expect(allowsTool(tools, 'github', 'delete')).toBe(false);
    expect(allowsTool([], 'github', 'search')).toBe(false);
  });

  it('name their server first', () => {
    expect(serverOfTool('git.hub-1/repo/search')).toBe('git.hub-1');
  });
});
