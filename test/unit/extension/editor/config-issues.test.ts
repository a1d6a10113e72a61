import { describe, expect, it } from 'vitest';
import { configDiagnostics } from '../../../../extension/editor/config-issues.ts';
import { agentsIn } from '../../../../extension/editor/config-places.ts';

const config = {
  name: 'boardroom',
  adapters: { ceo: { path: 'adapters/ceo' } },
  agents: [
    { id: 'ceo', purpose: 'Lead.', adapter: 'cep', handler: 'agents/ceo.ts' },
    { id: 'cfo', purpose: 'Count.' },
  ],
};
const text = JSON.stringify(config, undefined, 2);
const check = (source: string, files: string[] = []) =>
  configDiagnostics(source, '/home/ada', async (file) =>
    files.some((known) => file.replaceAll('\\', '/').endsWith(known)),
  );

describe('diagnostics of aos.json', () => {
  it('stand where the mistake is, and say what is meant', async () => {
    const [issue, ...rest] = await check(text, ['/home/ada/agents/ceo.ts']);
    expect(rest).toEqual([]);
    expect(issue).toMatchObject({ severity: 'error', message: expect.stringContaining('Did you mean ceo?') });
    expect(text.slice(issue!.offset, issue!.offset + issue!.length)).toBe('"cep"');
  });

  it('warn of a handler that is not there', async () => {
    const issues = await check(text.replace('cep', 'ceo'));
    expect(issues).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('agents/ceo.ts does not exist') },
    ]);
    expect(text.slice(issues[0]!.offset, issues[0]!.offset + issues[0]!.length)).toBe('"agents/ceo.ts"');
  });

  it('are none for a good file', async () => {
    expect(await check(text.replace('cep', 'ceo'), ['/home/ada/agents/ceo.ts'])).toEqual([]);
  });

  it.each(['', '{"name": "x",', '[]', 'null'])('are never empty in length: %j', async (source) => {
    const issues = await check(source);
    expect(issues.length).toBeGreaterThan(0);
    for (const { length } of issues) expect(length).toBeGreaterThan(0);
  });
});

describe('agentsIn', () => {
  it('finds the agents of a file with errors elsewhere', () => {
    const broken = `${text.slice(0, -2)}, "runtime": {`;
    expect(agentsIn(broken).map(({ id, handler }) => [id, handler])).toEqual([
      ['ceo', 'agents/ceo.ts'],
      ['cfo', undefined],
    ]);
    const [ceo] = agentsIn(broken);
    expect(broken.slice(ceo!.offset, ceo!.offset + ceo!.length)).toMatch(/^\{[^{]*"id": "ceo"[^{]*\}$/);
  });

  it.each(['', '{', '{"agents": {}}', '{"agents": [1, {"id": 7}, null]}'])('finds none in %j', (source) => {
    expect(agentsIn(source)).toEqual([]);
  });
});
