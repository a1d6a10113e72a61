import { describe, expect, it } from 'vitest';
import { filledFrom, importOf } from './support/workspace.ts';

const registry = (...servers: object[]) => ({ 'mcp_server_registry.json': { version: '1.0', servers } });

describe('an MCP registry', () => {
  it('gives a server over stdio with its variables by name', () => {
    const { config, field, todo } = importOf(
      registry({
        server_id: 'github',
        server_name: 'GitHub',
        server_type: 'stdio',
        command: 'npx',
        args: ['-y', 'server-github'],
        env: { GITHUB_TOKEN: filledFrom('GH_PAT'), LOG: 'verbose' },
        tools: [{ name: 'search' }],
        enabled: false,
        auto_start: true,
        timeout_seconds: 12,
        max_retries: 3,
      }),
    );
    expect(config.mcp_servers.github).toMatchObject({
      type: 'stdio',
      command: 'npx',
      args: ['-y', 'server-github'],
      env: { GITHUB_TOKEN: 'env:GH_PAT', LOG: 'env:LOG' },
      enabled: false,
      timeout_seconds: 12,
    });
    expect(field('servers[0].env.GITHUB_TOKEN')?.outcome).toBe('taken');
    expect(field('servers[0].env.LOG')).toMatchObject({
      outcome: 'changed',
      note: expect.stringContaining('not taken over'),
    });
    expect(field('servers[0].max_retries')?.outcome).toBe('left');
    expect(todo).toContain('Set GH_PAT in the environment: mcp_servers.github.env.GITHUB_TOKEN needs its whole value.');
  });

  it('gives a server with SSE as one with streamable HTTP, and no WebSocket', () => {
    const { config, field } = importOf(
      registry(
        {
          server_id: 'web',
          server_type: 'sse',
          url: 'https://example.com/mcp',
          headers: { Authorization: filledFrom('WEB') },
        },
        { server_id: 'ws', server_type: 'websocket', url: 'wss://example.com' },
        { server_id: 'none', server_type: 'stdio' },
      ),
    );
    expect(Object.keys(config.mcp_servers)).toEqual(['web']);
    expect(config.mcp_servers.web).toMatchObject({ type: 'http', headers: { Authorization: 'env:WEB' } });
    expect(field('servers[0].server_type')?.note).toContain('streamable HTTP');
    expect(field('servers[1]')?.note).toContain('websocket');
    expect(field('servers[2]')?.note).toBe('it has no command');
  });

  it('takes the mcp.json of an editor', () => {
    const { config } = importOf({
      '.vscode/mcp.json': { servers: { files: { command: 'npx', env: { KEY: filledFrom('env:FILES_KEY') } } } },
    });
    expect(config.mcp_servers.files).toMatchObject({ type: 'stdio', env: { KEY: 'env:FILES_KEY' } });
  });

  it('lets agents use a server by its id and by its name', () => {
    const { config } = importOf({
      ...registry({ server_id: 'my github', server_name: 'GitHub', server_type: 'stdio', command: 'gh' }),
      'agents.json': {
        agents: [
          {
            agent_id: 'cto',
            purpose: 'Build',
            mcp_tools: [
              { server_name: 'my github', tool_name: 'search' },
              { server_name: 'GitHub', tool_name: 'read' },
            ],
          },
        ],
      },
    });
    expect(config.agents[0]?.tools).toEqual(['my-github/search', 'my-github/read']);
  });
});

it('takes no secret over, wherever it stands', () => {
  const secret = 'S3CRET-4711';
  const imported = importOf({
    ...registry(
      {
        server_id: 'a',
        command: 'run',
        args: ['--token', secret, `--api-key=${secret}`, '-v', `postgres://u:${secret}@db/x`],
        env: { KEY: secret },
      },
      { server_id: 'b', command: 'docker', args: ['run', '-e', `GITHUB_TOKEN=${secret}`, `AccountKey=${secret};x`] },
      {
        server_id: 'c',
        server_type: 'sse',
        url: `https://u:${secret}@example.com/mcp?token=${secret}&x=1`,
        headers: { Authorization: `Bearer ${secret}` },
      },
    ),
    'aos_config.json': {
      storage: { connection_string: `AccountName=x;AccountKey=${secret}` },
      messaging: { connection_string: `Endpoint=sb://x;SharedAccessKey=${secret}` },
    },
    'local.settings.json': {
      Values: { AzureServiceBusConnectionString: `Endpoint=sb://x;SharedAccessKey=${secret}`, OTHER: secret },
    },
    '.env': `AOS_STORAGE_CONNECTION_STRING=${secret}\nAOS_LORAX_PORT=${secret}\nAOS_RETRY_MAX_ATTEMPTS=${secret}\nServiceBusConnection__fullyQualifiedNamespace="x;${secret}"\nKEY_VAULT_URL=${secret}\n`,
  });
  expect(JSON.stringify(imported)).not.toContain(secret);
  expect(imported.config.mcp_servers).toMatchObject({
    a: { args: ['-v'], env: { KEY: 'env:KEY' } },
    b: { args: ['run', '-e', 'GITHUB_TOKEN'] },
    c: { url: 'https://example.com/mcp?x=1', headers: { Authorization: 'env:c_Authorization' } },
  });
});
