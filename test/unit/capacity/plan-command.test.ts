import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { planCommand } from '../../../runtime/commands/plan.ts';

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'aos-plan-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, file), text);
  return folder;
}

async function printed(...args: Parameters<typeof planCommand>): Promise<string> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    await planCommand(...args);
    return write.mock.calls.map(([text]) => text).join('');
  } finally {
    write.mockRestore();
  }
}

describe('aos plan', () => {
  it('prints the guide’s lines as they stand, with the plan beside, and what is unknown', async () => {
    const text = await printed({}, folderWith({}));
    expect(text).toMatch(/^Required instances: 10\.0 +whole: 10 · at 3× peak: 30$/m);
    expect(text).toMatch(/^Expected RPS: 16\.67 +at 3× peak: 50\.00$/m);
    expect(text).toMatch(/^Required storage: 1235\.96 GB /m);
    expect(text).toMatch(/Per month: \$6,000 plus 8 unknown prices/);
    expect(text).toContain('Set Shards to 32');
  });

  it('reads an input file, and prints one JSON object', async () => {
    const folder = folderWith({ 'input.json': '{ "total_agents": 2000 }' });
    const plan = JSON.parse(await printed({ input: path.join(folder, 'input.json'), json: true }, folder));
    expect(plan.guide.instances).toBe(20);
    expect(plan.checks).toContainEqual(expect.objectContaining({ id: 'scale-out', blocking: true }));
  });

  it('judges the workspace of the folder', async () => {
    const handler = "import { readFileSync } from 'node:fs';\nconst partitionKey = agentId;\nreadFileSync('x');\n";
    const agents = [{ id: 'ceo', purpose: 'Lead.', handler: 'ceo.ts' }];
    const folder = folderWith({ 'aos.json': JSON.stringify({ name: 'test', agents }), 'ceo.ts': handler });
    const { checks } = JSON.parse(await printed({ json: true }, folder));
    const finding = (id: string) => checks.find((one: { id: string }) => one.id === id).finding;
    expect(finding('async-io')).toContain('ceo.ts:3 readFileSync');
    expect(finding('partition-keys')).toContain('ceo.ts:2 makes agentId');
  });

  it.each([
    ['{ "total_agents": 0 }', /total_agents: 1 to 1,000,000 agents/],
    ['{ "total_agents": ', /cannot be read as JSON/],
  ])('refuses %s', async (text, told) => {
    const folder = folderWith({ 'input.json': text });
    await expect(planCommand({ input: path.join(folder, 'input.json') }, folder)).rejects.toThrow(told);
  });
});
